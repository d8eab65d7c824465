package smpptest

import (
	"fmt"
	"slices"

	"geogate/smpp"
)

func (e *ESME) fault(format string, args ...any) {
	e.faults = append(e.faults, fmt.Errorf(format, args...))
}

func (e *ESME) checkRequest(f smpp.Frame) {
	if !e.state.fromMC(f.ID()) {
		e.fault("%s seq=%d in state %s", f.ID(), f.Sequence(), e.state)
	}
}

// checkResponse takes the request that f answers out of flight, or notes the fault.
func (e *ESME) checkResponse(f smpp.Frame) {
	id, seq := f.ID(), f.Sequence()
	requests := e.inFlight[seq]
	if len(requests) == 0 {
		e.fault("%s seq=%d: no request of that sequence is in flight", id, seq)
		return
	}
	i := slices.IndexFunc(requests, func(r smpp.CommandID) bool { return r.Response() == id })
	if i < 0 && id == smpp.IDGenericNack {
		i = 0 // stands for any response (SMPP 3.4 s.4.3)
	}
	if i < 0 {
		e.fault("%s seq=%d answers %s", id, seq, requests[0])
		return
	}
	e.follow(requests[i], f)
	requests[i] = requests[0]
	if requests = requests[1:]; len(requests) == 0 {
		delete(e.inFlight, seq)
	} else {
		e.inFlight[seq] = requests
	}
}

// follow takes the session to the state that the answered request leads to.
func (e *ESME) follow(request smpp.CommandID, answer smpp.Frame) {
	if answer.Status() != smpp.ESME_ROK || answer.ID() == smpp.IDGenericNack {
		return
	}
	switch {
	case request.IsBind():
		e.state = boundBy(request)
	case request == smpp.IDUnbind:
		e.state = Unbound
	}
}
