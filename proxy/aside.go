package proxy

import (
	"time"

	"go.uber.org/zap"

	"geogate/rules"
)

// lookEvery is how often orders about addresses are looked at, since the time of one may have come, or be over. Another
// policy is looked at when PolicyChanged tells of it. New binds look for themselves.
const lookEvery = time.Second

// PolicyChanged tells the server that Config.Policies answers with another policy: sessions that it orders to end do so
// now. Without that they do within a second.
func (s *Server) PolicyChanged() {
	select {
	case s.changed <- struct{}{}:
	default: // whoever looks next sees this one, too
	}
}

// place is one address of one upstream.
type place struct{ upstream, addr string }

// followAsides ends the sessions of addresses that are set aside with sessions=end, until the server closes.
func (s *Server) followAsides() {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	cleared := map[place]bool{}
	for {
		select {
		case <-s.changed:
		case <-ticker.C:
		case <-s.stopped:
			return
		}
		cfg := s.settings.Load()
		policy := cfg.Policies.Policy()
		if policy == nil {
			continue
		}
		ending := endingPlaces(policy, cfg.Now())
		for at := range ending {
			if !cleared[at] {
				s.clear(cfg, at)
			}
		}
		cleared = ending
	}
}

// endingPlaces are the addresses whose sessions are to be ended now.
func endingPlaces(policy *rules.Policy, now time.Time) map[place]bool {
	list := map[place]bool{}
	for _, name := range policy.AsideUpstreams() {
		for addr, order := range policy.Asides(name) {
			if order.EndSessions && order.InForce(now) {
				list[place{name, addr}] = true
			}
		}
	}
	return list
}

// clear ends the sessions of an address in order.
func (s *Server) clear(cfg *settings, at place) {
	s.mu.Lock()
	var there []*pair
	for p := range s.pairs {
		if p.boundAt(at) {
			there = append(there, p)
		}
	}
	s.mu.Unlock()
	cfg.Logger.Info("an address is set aside: its sessions end",
		zap.String("upstream", at.upstream), zap.String("addr", at.addr), zap.Int("sessions", len(there)))
	for _, p := range there {
		p.drain(UpstreamDrained)
	}
}

// boundAt reports whether the session's message centre is at an address.
func (p *pair) boundAt(at place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session.Upstream == at.upstream && p.session.MCAddr == at.addr
}

// obeyAside ends a session that was bound while its address was being set aside: clear may have missed it.
func (p *pair) obeyAside() {
	order, ok := p.cfg.Policies.Policy().Aside(p.session.Upstream, p.session.MCAddr)
	if ok && order.EndSessions && order.InForce(p.cfg.Now()) {
		p.drain(UpstreamDrained)
	}
}
