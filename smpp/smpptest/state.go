package smpptest

import "geogate/smpp"

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
	return [...]string{"OPEN", "BOUND_TX", "BOUND_RX", "BOUND_TRX", "UNBOUND", "CLOSED"}[s]
}

// Bound reports whether a bind has been accepted and no unbind followed.
func (s State) Bound() bool { return s == BoundTX || s == BoundRX || s == BoundTRX }

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

// fromESME reports whether an ESME may send the request in this state (SMPP 3.4 s.2.3).
func (s State) fromESME(id smpp.CommandID) bool {
	switch id {
	case smpp.IDEnquireLink:
		return true
	case smpp.IDUnbind:
		return s.Bound()
	case smpp.IDSubmitSM, smpp.IDSubmitMulti, smpp.IDQuerySM, smpp.IDCancelSM, smpp.IDReplaceSM, smpp.IDDataSM,
		smpp.IDBroadcastSM, smpp.IDQueryBroadcastSM, smpp.IDCancelBroadcastSM:
		return s == BoundTX || s == BoundTRX
	default:
		return false
	}
}

// fromMC reports whether a message centre may send the request in this state.
func (s State) fromMC(id smpp.CommandID) bool {
	switch id {
	case smpp.IDEnquireLink:
		return true
	case smpp.IDOutbind:
		return s == Open
	case smpp.IDUnbind:
		return s.Bound()
	case smpp.IDDeliverSM, smpp.IDDataSM, smpp.IDAlertNotification:
		return s == BoundRX || s == BoundTRX
	default:
		return false
	}
}
