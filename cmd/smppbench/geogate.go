package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// geogateOptions are what differs between the Geogates that are measured.
type geogateOptions struct {
	redis    string
	fullPass time.Duration     // 0: as usual
	others   map[string]string // further message centres, by name
	env      []string
}

// startGeogate starts Geogate as in earnest: refusals logged, metrics on. It is ready when this returns.
func (b *bench) startGeogate(ctx context.Context, s *subject, o geogateOptions) error {
	listen := s.addr
	if s.tls { // the listener that every Geogate has is another one then
		var err error
		if listen, err = freeAddr(); err != nil {
			return err
		}
	}
	admin, err := freeAddr()
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "listen: %s\nadmin: %s\nupstream: [%s]\nredis:\n  url: %s\n", listen, admin, b.centre, o.redis)
	if o.fullPass > 0 {
		fmt.Fprintf(&text, "  full_pass: %s\n", o.fullPass)
	}
	if len(o.others) > 0 {
		text.WriteString("upstreams:\n")
	}
	for name, addr := range o.others {
		fmt.Fprintf(&text, "  %s: [%s]\n", name, addr)
	}
	if s.tls {
		fmt.Fprintf(&text, "listeners:\n  secure:\n    address: %s\n    tls: {certificate: %s, key: %s}\n",
			s.addr, b.certificate.file, b.certificate.key)
	}
	file := filepath.Join(b.dir, fmt.Sprintf("geogate-%s.yaml", portOf(s.addr)))
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		return err
	}
	if err := b.run(s, beside("geogate"), o.env, "serve", "--config", file); err != nil {
		return err
	}
	s.judges = true
	if err := awaitReady(ctx, "http://"+admin+"/readyz"); err != nil {
		s.proxy.stop()
		return fmt.Errorf("%w: it said: %s", err, s.proxy.out.take())
	}
	return nil
}

// startRedis starts a Redis with a policy.
func (b *bench) startRedis(ctx context.Context, policy shape) (url string, err error) {
	addr, err := freeAddr()
	if err != nil {
		return "", err
	}
	server, err := start("redis-server", nil, "--port", portOf(addr), "--bind", "127.0.0.1", "--save", "", "--dir", b.dir)
	if err != nil {
		return "", err
	}
	b.processes = append(b.processes, server)
	if err := awaitListener(ctx, addr); err != nil {
		return "", err
	}
	url = "redis://" + addr
	client, err := dialRedis(url)
	if err != nil {
		return "", err
	}
	defer client.Close()
	return url, policy.write(ctx, client)
}

// readyPatience is how long the largest policy may take to be in force.
const readyPatience = 3 * time.Minute

// awaitReady waits until a readiness check says yes.
func awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready", url)
		case <-tick.C:
		}
	}
}
