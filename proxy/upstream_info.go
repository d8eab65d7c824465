package proxy

import (
	"maps"
	"slices"
	"time"

	"geogate/rules"
)

// AddressState says whether new binds go to an address.
type AddressState uint8

// The states of an address.
const (
	AddressHealthy    AddressState = iota // the last bind there was answered, or none was tried
	AddressBackingOff                     // binds failed: it stands behind the healthy ones
	AddressSetAside                       // by an order: no new bind goes there
	numAddressStates
)

var addressStateNames = [numAddressStates]string{"healthy", "backing_off", "set_aside"}

// String is the state as metrics, logs and JSON spell it.
func (s AddressState) String() string {
	if s < numAddressStates {
		return addressStateNames[s]
	}
	return "address_state?"
}

// MarshalText is for JSON.
func (s AddressState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// AddressStates lists all states.
func AddressStates() []AddressState {
	return []AddressState{AddressHealthy, AddressBackingOff, AddressSetAside}
}

// AddressInfo is how one address of an upstream is.
type AddressInfo struct {
	Addr        string
	Weight      int // 0: it has none
	State       AddressState
	Until       time.Time   // of the backoff; zero: none
	Failures    int         // in a row
	LastError   string      // of the last try that failed; it stays when the address is healthy again
	LastErrorAt time.Time   // zero: none failed
	Aside       rules.Aside // the order, when it is set aside
	Sessions    int         // bound there now
}

// UpstreamInfo is how the addresses of an upstream are, in the order of the configuration.
type UpstreamInfo struct {
	Name      string
	Addresses []AddressInfo
	Strays    []string // addresses that an order names and that the configuration does not have
}

// Upstreams lists the upstreams by name.
func (s *Server) Upstreams() []UpstreamInfo {
	cfg := s.settings.Load()
	bound := s.boundSessions()
	policy := cfg.Policies.Policy()
	var list []UpstreamInfo
	for _, name := range slices.Sorted(maps.Keys(cfg.Upstreams)) {
		up := cfg.Upstreams[name]
		info := UpstreamInfo{Name: name, Addresses: s.pools.get(name).info(up)}
		for i := range info.Addresses {
			a := &info.Addresses[i]
			a.Sessions = bound[place{name, a.Addr}]
			if order, ok := policy.Aside(name, a.Addr); ok && order.InForce(cfg.Now()) {
				a.State, a.Aside = AddressSetAside, order
			}
		}
		for _, addr := range slices.Sorted(maps.Keys(policy.Asides(name))) {
			if !slices.Contains(up.Addrs, addr) {
				info.Strays = append(info.Strays, addr)
			}
		}
		list = append(list, info)
	}
	return list
}

// boundSessions counts the sessions of each address.
func (s *Server) boundSessions() map[place]int {
	counts := map[place]int{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.pairs {
		p.mu.Lock()
		counts[place{p.session.Upstream, p.session.MCAddr}]++
		p.mu.Unlock()
	}
	return counts
}

// info is the health of the addresses of up.
func (p *pool) info(up Upstream) []AddressInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]AddressInfo, 0, len(up.Addrs))
	for _, addr := range up.Addrs {
		a := p.at(addr)
		info := AddressInfo{
			Addr: addr, Weight: up.Weights[addr], Failures: a.failures, Until: a.until, LastError: a.lastError,
			LastErrorAt: a.lastErrorAt,
		}
		if a.failures > 0 {
			info.State = AddressBackingOff
		}
		list = append(list, info)
	}
	return list
}
