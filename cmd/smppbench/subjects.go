package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// subject is something between the load and the message centre.
type subject struct {
	name      string
	addr      string
	proxy     *process // nil: nothing is in between
	renewable bool     // it starts in no time, so each run has a process of its own
	tls       bool     // the load speaks TLS with it
	judges    bool     // it refuses what is not open
	accounts  int      // that the binds are of
	admin     string   // of a Geogate
}

// tlsSuffix marks the subjects that end the load's TLS.
const tlsSuffix = "-tls"

var subjectNames = []string{"none", "haproxy", "geogate", "copy", "decode", "haproxy-tls", "geogate-tls"}

// focal reports whether the bars are about the subject: more rounds tell more of a ratio that is near its bar.
func (s *subject) focal() bool { return s.name != "copy" && s.name != "decode" }

// start starts a subject by its name.
func (b *bench) start(ctx context.Context, name string) (err error) {
	if !slices.Contains(subjectNames, name) {
		return fmt.Errorf("--subjects: %q is none of %s", name, strings.Join(subjectNames, ", "))
	}
	s := &subject{name: name, addr: b.centre, tls: strings.HasSuffix(name, tlsSuffix), accounts: usualShape.Accounts}
	if name != "none" {
		if s.addr, err = freeAddr(); err != nil {
			return err
		}
		if err := b.startProxy(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.renewable = true
	}
	b.subjects = append(b.subjects, s)
	return nil
}

func (b *bench) startProxy(ctx context.Context, s *subject) (err error) {
	switch strings.TrimSuffix(s.name, tlsSuffix) {
	case "haproxy":
		err = b.startHAProxy(s)
	case "geogate":
		if b.redis == "" {
			b.redis, err = b.startRedis(ctx, usualShape)
		}
		if err == nil {
			err = b.startGeogate(ctx, s, geogateOptions{redis: b.redis})
		}
	default:
		err = b.run(s, beside("smppbench"), nil, s.name, "--listen", s.addr, "--to", b.centre)
	}
	if err != nil {
		return err
	}
	if err := s.proxy.awaitListener(ctx, s.addr); err != nil {
		return err
	}
	if s.tls {
		return b.certificate.checkTLS(s.addr)
	}
	return nil
}

// run starts the subject's program, which ends with the bench.
func (b *bench) run(s *subject, name string, env []string, args ...string) (err error) {
	if s.proxy, err = start(name, env, args...); err == nil {
		b.processes = append(b.processes, s.proxy)
	}
	return err
}
