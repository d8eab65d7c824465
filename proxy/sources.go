package proxy

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// sources knows the addresses that binds came from lately: an address has one password worked on at a time,
// and the answers to its failed binds come the later the more there were (see failures). An IPv6 source is its /64.
type sources struct {
	mu      sync.Mutex
	list    map[netip.Addr]*source
	unbound int // connections that have not bound yet
}

type source struct {
	// guarded by sources.mu
	turns    *turns // whoever has the one place is having a password verified; nil until somebody has
	users    int    // holding or waiting for it
	failures failures
	conns    int       // connections at the moment
	unbound  int       // of these: not bound yet
	tokens   float64   // connections that it may make at once
	refilled time.Time // when tokens was brought up to date
}

const maxSources = 1 << 16

func newSources() *sources { return &sources{list: map[netip.Addr]*source{}} }

// SourceOf is the address, or the network, that stands for where a connection comes from: of IPv6 addresses the /64.
func SourceOf(remote netip.AddrPort) netip.Addr {
	addr := remote.Addr().Unmap()
	if addr.Is6() {
		network, _ := addr.WithZone("").Prefix(64)
		return network.Addr()
	}
	return addr
}

// alone runs work, which is about systemID, while no other work of the address runs. The system_ids take turns: behind
// one address there may be several customers. The error is that of turns.take.
func (s *sources) alone(ctx context.Context, addr netip.Addr, systemID string, work func()) error {
	src, turns := s.enter(addr)
	defer s.exit(src)
	if err := turns.take(ctx, systemID); err != nil {
		return err
	}
	defer turns.give()
	work()
	return nil
}

func (s *sources) enter(addr netip.Addr) (*source, *turns) {
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.get(addr)
	src.users++
	if src.turns == nil {
		src.turns = newTurns(1)
	}
	return src, src.turns
}

func (s *sources) exit(src *source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	src.users--
}

// failed notes a bind that failed for systemID and returns how long its answer is to be held back; negative delay:
// never.
func (s *sources) failed(addr netip.Addr, systemID string, delay time.Duration) time.Duration {
	if delay < 0 {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(addr).failures.add(systemID, delay, time.Now())
}

func (s *sources) get(addr netip.Addr) *source {
	src := s.list[addr]
	if src == nil {
		s.makeRoom()
		src = &source{}
		s.list[addr] = src
	}
	return src
}

// makeRoom keeps the list bounded: those without a late failure go first, then any that nobody uses.
func (s *sources) makeRoom() {
	if len(s.list) < maxSources {
		return
	}
	now := time.Now()
	for addr, src := range s.list {
		if src.idle() && now.Sub(src.failures.last) > forgetFailure {
			delete(s.list, addr)
		}
	}
	for addr, src := range s.list {
		if len(s.list) < maxSources*3/4 {
			return
		}
		if src.idle() {
			delete(s.list, addr)
		}
	}
}

// idle reports whether nothing of the address is under way.
func (src *source) idle() bool { return src.users == 0 && src.conns == 0 }
