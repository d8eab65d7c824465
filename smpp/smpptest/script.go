package smpptest

import (
	"strings"
	"time"

	"geogate/smpp"
)

// Script is what an MC does about messages (submit_sm, submit_multi, data_sm) without a Behave of its own.
// Other requests are answered as they should be, bind among them. All chances are drawn from the session's
// seeded randomness.
type Script struct {
	Delay       time.Duration // before each answer
	DelayMax    time.Duration // over Delay: drawn between the two, so that answers overtake each other
	ErrorEvery  int           // every n-th message of a session is refused; 0: none
	ErrorRate   float64       // share of messages refused by chance, 0 to 1
	ErrorStatus smpp.Status   // of these refusals; 0: ESME_RSYSERR
	ByPrefix    []PrefixStatus
	Faults      []Chance
	CloseAfter  int  // the connection closes without answering this message of the session; 0: never
	Receipts    bool // a delivery receipt for each accepted message that asks for one (registered_delivery)
	AllReceipts bool // and for those that do not ask
}

// PrefixStatus is the answer to destinations that begin so, as they are spelled in the PDU; a leading +
// counts for nothing. The first that fits is taken. In a submit_multi it goes into unsuccess_sme.
type PrefixStatus struct {
	Prefix string
	Status smpp.Status
}

// Chance is how often a Fault is committed: Rate from 0 to 1.
type Chance struct {
	Fault Fault
	Rate  float64
}

// Scripted is what the MC's Script does about f: for a Behave that changes only some answers. It draws from
// the session's randomness and is for the session's reader alone, which Behave runs on.
func (s *MCSession) Scripted(f smpp.Frame) Action {
	var a Action
	if !carriesMessage(f.ID()) {
		return a
	}
	script := &s.mc.opts.Script
	if script.CloseAfter > 0 && s.messages >= script.CloseAfter {
		a.Fault = CloseUnanswered
		return a
	}
	a.Delay = s.delay(script)
	a.Fault = s.fault(script.Faults)
	if s.refused(script) {
		a.Status = script.ErrorStatus
		if a.Status == smpp.ESME_ROK {
			a.Status = smpp.ESME_RSYSERR
		}
	}
	if len(script.ByPrefix) > 0 && s.dests.Read(f) == nil {
		s.byPrefix(script.ByPrefix, f.ID(), &a)
	}
	a.Receipt = script.AllReceipts || script.Receipts && asksReceipt(f)
	return a
}

func (s *MCSession) delay(script *Script) time.Duration {
	if script.DelayMax <= script.Delay {
		return script.Delay
	}
	return script.Delay + time.Duration(s.random.Int64N(int64(script.DelayMax-script.Delay)+1))
}

func (s *MCSession) fault(chances []Chance) Fault {
	for _, c := range chances {
		if c.Rate > 0 && s.random.Float64() < c.Rate {
			return c.Fault
		}
	}
	return NoFault
}

func (s *MCSession) refused(script *Script) bool {
	if script.ErrorEvery > 0 && s.messages%script.ErrorEvery == 0 {
		return true
	}
	return script.ErrorRate > 0 && s.random.Float64() < script.ErrorRate
}

// byPrefix looks at the destinations that s.dests has read.
func (s *MCSession) byPrefix(rows []PrefixStatus, id smpp.CommandID, a *Action) {
	for _, d := range s.dests.List {
		st := prefixStatus(rows, string(d.Addr))
		if st == smpp.ESME_ROK {
			continue
		}
		if id != smpp.IDSubmitMulti {
			a.Status = st
			return
		}
		a.Unsuccess = append(a.Unsuccess, smpp.Unsuccess{Address: d.Address, Status: st})
	}
}

func prefixStatus(rows []PrefixStatus, addr string) smpp.Status {
	addr = strings.TrimPrefix(addr, "+")
	for _, row := range rows {
		if strings.HasPrefix(addr, strings.TrimPrefix(row.Prefix, "+")) {
			return row.Status
		}
	}
	return smpp.ESME_ROK
}
