package proxy

import (
	"errors"
	"net/netip"
	"slices"
	"time"
)

// ArrivalLimits are limits on connections that have not bound yet, and on those of one address. Zero is none. They are held against
// the ESME's address, which is the one of the PROXY header where there is one; an IPv6 address stands for its /64.
type ArrivalLimits struct {
	PerAddress int            // connections of one address at the same time
	Rate       float64        // new connections of one address a second; as many may come at once
	Unbound    int            // connections in all that have not bound yet
	Exempt     []netip.Prefix // addresses that have no limits
}

func (l *ArrivalLimits) exempt(addr netip.Addr) bool {
	addr = addr.Unmap()
	return slices.ContainsFunc(l.Exempt, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// arrive counts a connection in before anything of SMPP is read; false: it is one too many, and why.
func (s *sources) arrive(addr netip.Addr, l *ArrivalLimits, now time.Time) (Cause, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.get(sourceOf(netip.AddrPortFrom(addr, 0)))
	if !l.exempt(addr) {
		switch {
		case l.Unbound > 0 && s.unbound >= l.Unbound:
			return TooManyUnbound, false
		case l.PerAddress > 0 && src.conns >= l.PerAddress:
			return TooManyFromAddress, false
		case l.Rate > 0 && !src.spend(l.Rate, now):
			return TooFast, false
		}
	}
	src.conns++
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

// bound notes that a connection has bound.
func (s *sources) bound() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unbound--
}

// depart counts a connection out.
func (s *sources) depart(addr netip.Addr, bound bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.get(addr).conns--
	if !bound {
		s.unbound--
	}
}

// errTooMany is about a connection over a limit.
var errTooMany = errors.New("over a limit: see limits in the configuration")

// arrive counts the connection in; false: it ends here.
func (p *pair) arrive() bool {
	cause, ok := p.srv.admission.sources.arrive(p.session.Remote.Addr(), &p.cfg.Arrivals, time.Now())
	if !ok {
		p.turnAway(cause, errTooMany)
		return false
	}
	p.counted = true
	return true
}

// depart counts the connection out, if it was counted in.
func (p *pair) depart() {
	if p.counted {
		p.srv.admission.sources.depart(p.source, p.wasBound)
	}
}
