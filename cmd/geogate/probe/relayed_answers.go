package probe

import (
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// relayedAnswers is about answers of the message centre that are late, wrong or missing.
func (t *Target) relayedAnswers() []scenario {
	const section = "s.2.6, 4.4.2"
	one := whole(t.submit(5))
	misbehaves := func(number, sent string, a smpptest.Action, want ...expectation) scenario {
		return t.through(number, sent, section, exchange{octets: one, want: want}, always(a))
	}
	two := taken(5)
	return []scenario{
		misbehaves("D26a", "an answer that comes late", smpptest.Action{Delay: t.Patience / 2}, two),
		misbehaves("D26b", "an answer that comes twice", smpptest.Action{Fault: smpptest.Duplicate}, two, two),
		t.paired("D26c", "answers out of order", "submit_sm_resp to the second, to the first, link up", "s.2.6", swapped),
		misbehaves("D26d", "data_sm_resp to a submit_sm", smpptest.Action{Fault: smpptest.WrongCommand},
			answer(smpp.IDDataSMResp, 5, ok)),
		misbehaves("D27a", "generic_nack to a submit_sm", smpptest.Action{Fault: smpptest.Nack},
			answer(smpp.IDGenericNack, 5, smpp.ESME_RSYSERR)),
		misbehaves("D27b", "an error without a body", smpptest.Action{Status: smpp.ESME_RMSGQFUL},
			answer(smpp.IDSubmitSMResp, 5, smpp.ESME_RMSGQFUL)),
		t.through("D28", "the message centre's end, two of five submit_sm answered", "s.2.3",
			exchange{octets: whole(t.submits(1, 5)), want: []expectation{taken(1), taken(2)}, ends: closed}, twoOfFive),
		t.paired("D29b", "a refusal while 50 submit_sm have no answer yet",
			"submit_sm_resp ESME_RINVDSTADR at once, then 50 submit_sm_resp ESME_ROK, link up", section, overtakes),
	}
}

// submits is one submit_sm behind the other, with the sequence numbers from first to last.
func (t *Target) submits(first, last uint32) []byte {
	var frames []byte
	for sequence := first; sequence <= last; sequence++ {
		frames = append(frames, t.submit(sequence)...)
	}
	return frames
}

// swapped has the message centre answer the second of two before the first.
func swapped(p *pair) {
	p.t.centre.set(p.far, far{act: func(f smpp.Frame) smpptest.Action {
		if f.Sequence() == 5 {
			return smpptest.Action{Fault: smpptest.OutOfOrder}
		}
		return smpptest.Action{}
	}})
	p.send(p.t.submits(5, 6))
	for _, sequence := range []uint32{6, 5} {
		f, err := p.next()
		if err != nil {
			p.bad(silence(err))
			return
		}
		fits := taken(sequence).fits(f)
		which := choose(sequence == 6, " to the second", " to the first")
		p.check(fits, describe(f)+which, describe(f)+" where one"+which+" is due")
	}
	p.add((&exchange{}).over(p.conn))
}

// twoOfFive answers two of five messages, and ends the connection.
func twoOfFive(f smpp.Frame) smpptest.Action {
	switch f.Sequence() {
	case 1, 2:
		return smpptest.Action{}
	case 5:
		return smpptest.Action{Fault: smpptest.CloseUnanswered}
	}
	return smpptest.Action{Fault: smpptest.Silence}
}

// overtakes sends what is to be refused behind what the message centre does not answer yet.
func overtakes(p *pair) {
	const many = 50
	held := p.watch(smpp.IDSubmitSM, always(smpptest.Action{Fault: smpptest.Silence}))
	p.send(p.t.submits(101, 100+many), p.t.homeless(33))
	f, err := p.next()
	if err != nil {
		p.bad(silence(err))
	} else {
		p.check(answer(smpp.IDSubmitSMResp, 33, smpp.ESME_RINVDSTADR).fits(f), describe(f), describe(f))
	}
	x := exchange{}
	for _, f := range held.wait(many, p.patience) {
		p.far.Send(frame(smpp.IDSubmitSMResp, f.Sequence(), "1\x00"))
	}
	for sequence := range uint32(many) {
		x.want = append(x.want, taken(101+sequence))
	}
	p.add(x.over(p.conn))
}
