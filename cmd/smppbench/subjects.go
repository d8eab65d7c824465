package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// subject is something between the load and the message centre.
type subject struct {
	name  string
	addr  string
	proxy *process // nil: nothing is in between
}

// start starts a subject by its name.
func (b *bench) start(ctx context.Context, name string) (*subject, error) {
	s := &subject{name: name, addr: b.centre}
	if name == "none" {
		return s, nil
	}
	begin, ok := map[string]func(context.Context, *subject) error{
		"haproxy": b.startHAProxy, "copy": b.startOwn, "decode": b.startOwn, "geogate": b.startGeogate,
	}[name]
	if !ok {
		return nil, fmt.Errorf("--subjects: %q is none of none, haproxy, copy, geogate, decode", name)
	}
	var err error
	if s.addr, err = freeAddr(); err != nil {
		return nil, err
	}
	if err = begin(ctx, s); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := awaitListener(ctx, s.addr); err != nil {
		s.proxy.stop()
		return nil, fmt.Errorf("%s: %w: it said: %s", name, err, s.proxy.out.Bytes())
	}
	return s, nil
}

// run starts the subject's program, which ends with the bench.
func (b *bench) run(s *subject, name string, args ...string) (err error) {
	if s.proxy, err = start(name, args...); err == nil {
		b.processes = append(b.processes, s.proxy)
	}
	return err
}

func (b *bench) startOwn(_ context.Context, s *subject) error {
	return b.run(s, beside("smppbench"), s.name, "--listen", s.addr, "--to", b.centre)
}

// haproxyConfig is HAProxy as one would put it in front of a message centre: TCP mode, nothing looked at.
const haproxyConfig = `global
  maxconn 5000
defaults
  mode tcp
  timeout connect 5s
  timeout client 10m
  timeout server 10m
listen smpp
  bind %s
  server mc %s
`

func (b *bench) startHAProxy(_ context.Context, s *subject) error {
	file := filepath.Join(b.dir, "haproxy.cfg")
	if err := os.WriteFile(file, fmt.Appendf(nil, haproxyConfig, s.addr, b.centre), 0o600); err != nil {
		return err
	}
	return b.run(s, "haproxy", "-db", "-f", file)
}

// startGeogate starts a Redis with the policy and Geogate behind it, as in earnest: refusals logged, metrics
// on.
func (b *bench) startGeogate(ctx context.Context, s *subject) error {
	url, err := b.startRedis(ctx)
	if err != nil {
		return err
	}
	admin, err := freeAddr()
	if err != nil {
		return err
	}
	if err := b.run(s, beside("geogate"), "serve", "--listen", s.addr, "--upstream", b.centre, "--redis", url,
		"--admin", admin); err != nil {
		return err
	}
	return awaitReady(ctx, "http://"+admin+"/readyz")
}

func (b *bench) startRedis(ctx context.Context) (url string, err error) {
	addr, err := freeAddr()
	if err != nil {
		return "", err
	}
	server, err := start("redis-server", "--port", portOf(addr), "--bind", "127.0.0.1", "--save", "", "--dir", b.dir)
	if err != nil {
		return "", err
	}
	b.processes = append(b.processes, server)
	if err := awaitListener(ctx, addr); err != nil {
		return "", err
	}
	url = "redis://" + addr
	return url, writePolicy(ctx, url)
}

// awaitReady waits until a readiness check says yes.
func awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*endPatience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
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
