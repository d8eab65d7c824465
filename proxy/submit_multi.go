package proxy

import (
	"geogate/rules"
	"geogate/rules/numplan"
	"geogate/smpp"
)

// judgeMulti judges every destination of a submit_multi. The refused ones are taken out and remembered: they
// come back as unsuccess_sme in the message centre's answer. Where all are refused, the answer is ours.
func (p *pair) judgeMulti(f smpp.Frame, h smpp.Header) {
	j := &p.judge
	if err := j.dests.Read(f); err != nil {
		p.deny(h, err.Status, Malformed)
		return
	}
	j.message.ID, j.message.Sequence = h.ID, h.Sequence
	p.standing.throughput.read(&j.dests, f)
	rewritten := p.judgeList()
	switch {
	case len(j.refused) == len(j.dests.List):
		p.refuseMulti(h)
	case !p.toMC.askMulti(h.Sequence, remember(j.refused)):
		p.throttle()
		p.refuse(h, &j.decision)
	case len(j.refused) == 0 && !rewritten:
		p.fwd.forward(1, len(f))
	default:
		p.forwardEdited(f)
	}
}

// judgeList fills j.edits and j.refused, whose addresses alias the frame, and reports whether an entry is to
// be rewritten.
func (p *pair) judgeList() (rewritten bool) {
	j := &p.judge
	if n := len(j.dests.List); len(j.numbers) < n {
		j.numbers = make([]numplan.Number, n)
	}
	j.edits, j.refused = j.edits[:0], j.refused[:0]
	for i := range j.dests.List {
		dest := &j.dests.List[i]
		p.decide(dest)
		d := &j.decision
		switch {
		case d.Verdict != rules.Forward:
			j.edits = append(j.edits, smpp.Edit{Drop: true})
			j.refused = append(j.refused, smpp.Unsuccess{Address: dest.Address, Status: smpp.Status(d.Status)})
		case d.Rewrite:
			number := &j.numbers[i]
			*number = d.Number
			j.edits = append(j.edits, rewrite(number.Digits()))
			rewritten = true
		default:
			j.edits = append(j.edits, smpp.Edit{})
		}
	}
	return rewritten
}

// refuseMulti answers a submit_multi of which nothing is left: the status of the first entry, and all of them
// in unsuccess_sme.
func (p *pair) refuseMulti(h smpp.Header) {
	p.tally.refused++
	un := p.judge.refused
	p.replies = smpp.AppendSubmitMultiResp(p.replies, h.Sequence, un[0].Status, []byte{}, un)
	p.replied()
}
