package main

import (
	"context"
	"os"
	"slices"

	"geogate/config"
)

// configFlags say which configuration is meant: a file, and flags over it.
type configFlags struct {
	Config string `short:"c" help:"Configuration file." placeholder:"FILE" type:"path"`
}

// serveCmd runs the proxy.
type serveCmd struct {
	configFlags
	Listen   string `help:"Where ESMEs bind (127.0.0.1:2775)." placeholder:"ADDR"`
	Upstream string `help:"Message centre; several addresses with commas, in the order in which they are tried." placeholder:"ADDR"`
	Redis    string `help:"Redis that keeps the policy (redis://127.0.0.1:6379)." placeholder:"URL"`
	Prefix   string `help:"Prefix of its keys (geo:)." placeholder:"geo:"`
	Admin    string `help:"Where /healthz, /readyz and /metrics are served (127.0.0.1:2776)." placeholder:"ADDR"`
}

// Run serves until ctx ends, then drains.
func (c *serveCmd) Run(ctx context.Context, w *world) error {
	load := func() (*config.Config, error) { return config.Load(c.Config, w.environ, c.flags()) }
	r := &reloader{load: load, file: c.Config}
	r.seen = r.stat()
	cfg, err := load()
	if err != nil {
		return err
	}
	logger, level := newLogger(cfg.Log, w.err)
	supervisor, err := newNotifier(w.environ)
	if err != nil {
		return err
	}
	defer supervisor.close()
	sockets, err := passedSockets(w.environ, firstPassed)
	if err != nil {
		return err
	}
	for _, name := range slices.Concat(activation, supervision) {
		os.Unsetenv(name)
	}
	a, err := newApp(cfg, logger, sockets...)
	if err != nil {
		return err
	}
	r.level, a.reload, a.supervisor = level, r, supervisor
	return a.run(ctx)
}

// flags are the settings that the command line gives, by path.
func (c *serveCmd) flags() map[string]string {
	given := map[string]string{}
	for path, value := range map[string]string{
		"listen": c.Listen, "upstream": c.Upstream, "redis.url": c.Redis, "redis.prefix": c.Prefix, "admin": c.Admin,
	} {
		if value != "" {
			given[path] = value
		}
	}
	return given
}
