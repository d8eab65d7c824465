package proxy

import (
	"net/netip"
	"sync/atomic"
	"time"

	"geogate/smpp"
)

// Session is what an Observer sees of a pair.
type Session struct {
	// Value is the observer's own: counters that it resolves once a session. Set it in Opened or Bound.
	Value any

	// static
	ID     uint64         // counts the connections of a Server from 1
	Remote netip.AddrPort // the ESME's address; zero when it is no IP address
	Since  time.Time      // of the accept

	unplaced bool // Remote is a load balancer's, which does not say where the ESME is. Static after the PROXY header

	// Known from the bind request on: a refused bind has them too. Written before Bound is called.
	SystemID string         // as the ESME gave it, which may be anything until it is bound
	Account  string         // that SystemID sends for at the time of the bind
	Mode     smpp.CommandID // of the bind: smpp.IDBindTransceiver, ...
	Upstream string         // name of the upstream
	MCAddr   string         // the address of the upstream that took the bind

	state  atomic.Uint32
	counts [numCounts]atomic.Uint64
}

// count is one of a session's counters.
type count uint8

const (
	countRequests  count = iota // read from the ESME
	countForwarded              // of these: handed to the message centre
	countRefused                // of these: answered here, with an error
	countFromMC                 // frames of the message centre
	octetsFromESME
	octetsToMC
	octetsFromMC
	octetsToESME
	numCounts
)

// State is the session's state.
func (s *Session) State() State { return State(s.state.Load()) }

func (s *Session) setState(st State) { s.state.Store(uint32(st)) }

func (s *Session) add(c count, n int) {
	if n > 0 {
		s.counts[c].Add(uint64(n))
	}
}

// SessionInfo is a session as Server.Sessions lists it.
type SessionInfo struct {
	ID        uint64
	Remote    netip.AddrPort
	Since     time.Time
	State     State
	SystemID  string // empty before the bind
	Account   string
	Mode      smpp.CommandID
	Upstream  string
	MCAddr    string
	Requests  uint64 // read from the ESME since the accept
	Forwarded uint64 // of these: handed to the message centre
	Refused   uint64 // of these: answered here, with an error
	FromMC    uint64 // frames relayed from the message centre
	InFlight  int    // requests that the message centre has and has not answered
}

// State is a session state of SMPP 3.4 s.2.2.
type State uint8

// The session states.
const (
	Open State = iota
	BoundTX
	BoundRX
	BoundTRX
	Unbound
	Closed
)

// String is the spec's name: BOUND_TRX.
func (s State) String() string {
	if s > Closed {
		return "state?"
	}
	return [...]string{"OPEN", "BOUND_TX", "BOUND_RX", "BOUND_TRX", "UNBOUND", "CLOSED"}[s]
}

// boundBy is the state that an accepted bind leads to.
func boundBy(id smpp.CommandID) State {
	switch id {
	case smpp.IDBindTransmitter:
		return BoundTX
	case smpp.IDBindReceiver:
		return BoundRX
	default:
		return BoundTRX
	}
}

// transmits reports whether the ESME may send messages.
func (s State) transmits() bool { return s == BoundTX || s == BoundTRX }

// bound reports whether a bind has been accepted and no unbind followed.
func (s State) bound() bool { return s == BoundTX || s == BoundRX || s == BoundTRX }
