package proxy

import (
	"geogate/rules"
	"geogate/smpp"
)

// Observer is told what happens. Its methods are called from the goroutines that carry the traffic, those of
// one session at the same time as those of others, and return fast. What is passed is valid during the call;
// a *Session for as long as its session lives.
type Observer interface {
	// Opened: a connection came in. Closed follows.
	Opened(s *Session)
	// Bound: a bind was answered with st; ESME_ROK: the session is bound. The place to set s.Value.
	Bound(s *Session, st smpp.Status)
	// Decided: one destination of a submit_sm, data_sm or submit_multi was judged, or a broadcast_sm refused; not of
	// forwards where Config.RefusalsOnly is set.
	Decided(s *Session, m *Message, d *rules.Decision)
	// Counted: so many decisions came out alike. It is told of all decisions, once a batch, after Decided.
	Counted(s *Session, o Outcome, n int)
	// Timed: what Geogate itself took for a batch of requests, measured for one in 16 of a session's batches.
	Timed(s *Session, t Timing)
	// Noted: e happened n times.
	Noted(s *Session, e Event, n int)
	// Closed: nothing of the session is left.
	Closed(s *Session, end End)
}

// Message is what a decision is about: a request of the ESME, and one of its destinations. Without a Dest it is about
// the message as a whole.
type Message struct {
	ID       smpp.CommandID
	Sequence uint32
	rules.Query
}

// NopObserver watches nothing. Embed it to watch a part.
type NopObserver struct{}

// Opened implements Observer.
func (NopObserver) Opened(*Session) {}

// Bound implements Observer.
func (NopObserver) Bound(*Session, smpp.Status) {}

// Decided implements Observer.
func (NopObserver) Decided(*Session, *Message, *rules.Decision) {}

// Counted implements Observer.
func (NopObserver) Counted(*Session, Outcome, int) {}

// Timed implements Observer.
func (NopObserver) Timed(*Session, Timing) {}

// Noted implements Observer.
func (NopObserver) Noted(*Session, Event, int) {}

// Closed implements Observer.
func (NopObserver) Closed(*Session, End) {}

// Event is something worth counting that is no verdict on a destination.
type Event uint8

// The events.
const (
	Malformed         Event = iota // a request that could not be read, answered with the field's status
	UnknownCommand                 // a request with an unknown command_id
	WrongState                     // a request that the session's state does not allow
	UnaskedESME                    // a response of the ESME that answers nothing in flight
	UnaskedMC                      // a response of the message centre that answers nothing in flight
	UnmergedAnswer                 // a submit_multi_resp that could not be merged: answered as ESME_RX_R_APPN
	UpstreamFailed                 // an address of an upstream that could not be bound to
	UpstreamTLSFailed              // one of those failures that was in TLS
	Late                           // a request that came in a drain and was not taken: answered with ESME_RTHROTTLED
	numEvents
)

var eventNames = [numEvents]string{"malformed", "unknown_command", "wrong_state", "unasked_esme",
	"unasked_mc", "unmerged_answer", "upstream_failed",
	"upstream_tls_failed", "late"}

// String is the event as metrics and logs spell it.
func (e Event) String() string {
	if e < numEvents {
		return eventNames[e]
	}
	return "event?"
}

// Events lists all events, for metrics that exist before the first session.
func Events() []Event {
	list := make([]Event, numEvents)
	for i := range list {
		list[i] = Event(i)
	}
	return list
}

// Cause is why a session ended.
type Cause uint8

// The causes.
const (
	ESMEClosed         Cause = iota // the ESME closed its connection
	MCClosed                        // the message centre closed its connection
	ESMEUnbound                     // the ESME sent unbind and the message centre answered
	MCUnbound                       // the message centre sent unbind and the ESME answered
	InitTimeout                     // not bound within session_init
	Inactive                        // the inactivity timer
	Drained                         // Shutdown
	Aborted                         // Close, or a Shutdown that ran out of time
	ESMETruncated                   // the ESME's connection ended inside a PDU
	MCTruncated                     // the message centre's connection ended inside a PDU
	ESMEBadFrame                    // a command_length of the ESME that cannot be
	MCBadFrame                      // a command_length of the message centre that cannot be
	ESMESlow                        // the ESME took nothing for the write deadline
	MCSlow                          // the message centre took nothing for the write deadline
	TooManyConns                    // over MaxConns
	UpstreamDrained                 // its address at the message centre was set aside, sessions and all
	ProxyRefused                    // a PROXY protocol header was missing, wrong, or not from a trusted address
	HandshakeFailed                 // TLS did not come about in time, or at all
	TooManyFromAddress              // over ArrivalLimits.PerAddress
	TooManyUnbound                  // over ArrivalLimits.Unbound
	TooFast                         // over ArrivalLimits.Rate
	BindsFailed                     // too many failed binds on one connection
	numCauses
)

var causeNames = [numCauses]string{"esme_closed", "mc_closed", "esme_unbound", "mc_unbound", "init_timeout",
	"inactive", "drained", "aborted", "esme_truncated", "mc_truncated", "esme_bad_frame", "mc_bad_frame",
	"esme_slow", "mc_slow", "too_many_conns", "upstream_drained",
	"proxy_refused", "handshake_failed",
	"too_many_from_address", "too_many_unbound", "connection_rate", "binds_failed"}

// String is the cause as metrics and logs spell it.
func (c Cause) String() string {
	if c < numCauses {
		return causeNames[c]
	}
	return "cause?"
}

// Causes lists all causes, for metrics that exist before the first session.
func Causes() []Cause {
	list := make([]Cause, numCauses)
	for i := range list {
		list[i] = Cause(i)
	}
	return list
}

// End says how a session ended.
type End struct {
	Cause      Cause
	Unanswered int // requests of the ESME that the message centre had and did not answer
}
