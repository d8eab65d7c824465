package proxy

import (
	"errors"
	"net/netip"
	"slices"
	"time"
)

// ArrivalLimits are limits on connections that have not bound yet, and on those of one address. Zero is none. They
// are held against the ESME's address, which is the one of the PROXY header where there is one; an IPv6 address
// stands for its /64.
type ArrivalLimits struct {
	PerAddress int            // connections of one address at the same time
	Rate       float64        // new connections of one address a second; as many may come at once
	Unbound    int            // connections in all that have not bound yet; one address may have a quarter of them
	Exempt     []netip.Prefix // addresses that have no limits and are not counted
}

func (l *ArrivalLimits) exempt(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(l.Exempt, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// unboundOfOne is how many connections of one address may be among those that have not bound.
func (l *ArrivalLimits) unboundOfOne() int { return max(1, l.Unbound/4) }

// arrive counts a connection in before anything of SMPP is read; false: it is one too many, and why.
func (s *sources) arrive(addr netip.Addr, l *ArrivalLimits, now time.Time) (Cause, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.get(addr)
	switch {
	case l.Unbound > 0 && (s.unbound >= l.Unbound || src.unbound >= l.unboundOfOne()):
		return TooManyUnbound, false
	case l.PerAddress > 0 && src.conns >= l.PerAddress:
		return TooManyFromAddress, false
	case l.Rate > 0 && !src.spend(l.Rate, now):
		return TooFast, false
	}
	src.conns++
	src.unbound++
	s.unbound++
	return 0, true
}

// spend takes one from what the address may do; false: nothing is left just now.
func (src *source) spend(rate float64, now time.Time) bool {
	src.tokens = min(max(rate, 1), src.tokens+rate*now.Sub(src.refilled).Seconds())
	src.refilled = now
	if src.tokens < 1 {
		return false
	}
	src.tokens--
	return true
}

// settle notes that a connection of the address waits for a bind no more.
func (s *sources) settle(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unbound--
	s.get(addr).unbound--
}

// depart counts a connection out.
func (s *sources) depart(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.get(addr).conns--
}

// errTooMany is about a connection over a limit.
var errTooMany = errors.New("over a limit: see limits in the configuration")

// arrive counts the connection in, unless its address is exempt; false: it ends here.
func (p *pair) arrive() bool {
	limits := &p.cfg.Arrivals
	if limits.exempt(p.session.Remote.Addr()) {
		return true
	}
	cause, ok := p.srv.admission.sources.arrive(p.source, limits, time.Now())
	if !ok {
		p.turnAway(cause, errTooMany)
		return false
	}
	p.counted, p.waiting = true, true
	return true
}

// settle counts the connection among those that wait for a bind no more.
func (p *pair) settle() {
	if p.waiting {
		p.waiting = false
		p.srv.admission.sources.settle(p.source)
	}
}

// depart counts the connection out, if it was counted in.
func (p *pair) depart() {
	p.settle()
	if p.counted {
		p.counted = false
		p.srv.admission.sources.depart(p.source)
	}
}
