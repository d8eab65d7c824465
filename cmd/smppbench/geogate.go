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
	s.judges, s.admin = true, admin
	return s.proxy.await(ctx, "is not ready", readyPatience, 5*time.Millisecond, s.ready)
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
	if err := server.awaitListener(ctx, addr); err != nil {
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

// ready reports whether Geogate's policy is in force.
func (s *subject) ready() bool {
	resp, err := http.Get("http://" + s.admin + "/readyz")
	if err == nil {
		resp.Body.Close()
	}
	return err == nil && resp.StatusCode == http.StatusOK
}

// quietSpan is how long a process must have computed next to nothing.
const quietSpan = 500 * time.Millisecond

// quiet waits until a Geogate that nobody loads has nothing more to do: having the policy in force, it reads all of it
// once more when it has the connection that tells of changes. The other proxies are quiet from the first.
func (s *subject) quiet(ctx context.Context) error {
	if s.admin == "" {
		return nil
	}
	for {
		before, err := s.proxy.cpu()
		if err != nil {
			return err
		}
		if err := pause(ctx, quietSpan); err != nil {
			return err
		}
		if after, err := s.proxy.cpu(); err != nil || after-before < quietSpan/10 {
			return err
		}
	}
}
