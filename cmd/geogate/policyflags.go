package main

import (
	"context"
	"fmt"
	"os"
	"os/user"

	"geogate/config/store"
	"geogate/rules"
)

// redisFlags say where the policy is kept.
type redisFlags struct {
	Redis  string `env:"GEOGATE_REDIS_URL" default:"redis://127.0.0.1:6379" help:"Redis that keeps the policy." placeholder:"URL"`
	Prefix string `env:"GEOGATE_REDIS_PREFIX" default:"geo:" help:"Prefix of its keys."`
}

// open makes a store of the flags, without following.
func (f redisFlags) open() (*store.Store, error) {
	return store.Open(store.Options{URL: f.Redis, Prefix: f.Prefix, By: operator()})
}

// operator is who runs the tool, for the log of changes.
func operator() string {
	for _, name := range []string{"SUDO_USER", "USER", "LOGNAME"} {
		if user := os.Getenv(name); user != "" {
			return user
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// policyFlags say where a policy is read: Redis, or a file.
type policyFlags struct {
	redisFlags
	Policy string `help:"Read the policy from a file of policy export instead of Redis." placeholder:"FILE" type:"path"`
}

// load reads the whole policy as it is written.
func (f policyFlags) load(ctx context.Context, _ *world) (rules.Written, error) {
	if f.Policy != "" {
		return store.LoadFile(f.Policy)
	}
	s, err := f.open()
	if err != nil {
		return rules.Written{}, err
	}
	defer s.Close()
	written, err := s.Load(ctx)
	if err != nil {
		return rules.Written{}, fmt.Errorf("reading the policy: %w", err)
	}
	return written, nil
}
