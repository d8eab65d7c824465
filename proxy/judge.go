package proxy

import (
	"geogate/rules"
	"geogate/smpp"
)

// takeOpen hands on the submit_sm that come next as far as they are to be forwarded as they are, and nobody wants to know
// more than that: most of all messages. What is the same for all of them is looked at once.
func (p *pair) takeOpen() {
	if !p.standing.brief || p.stopwatch.due {
		return
	}
	openings := p.standing.policy.Openings(p.standing.account)
	ahead, asked, octets := p.in.ahead(), p.asked, 0
	for {
		f := smpp.CutFrame(ahead[octets:], smpp.IDSubmitSM, p.in.max)
		s, ok := smpp.ScanSubmit(f)
		if !ok {
			break
		}
		region, ok := openings.Has(s.Dest(f))
		if !ok {
			break
		}
		p.count(Outcome{Verdict: rules.Forward, Reason: rules.RuleRegion, Region: region})
		asked = append(asked, f.Sequence())
		octets += len(f)
	}
	if n := len(asked) - len(p.asked); n > 0 {
		p.in.skip(octets)
		p.fwd.forward(n, octets)
		p.tally.requests += n
		p.asked, p.lastSeq = asked, asked[len(asked)-1]
	}
}

// judgeSubmit judges a submit_sm.
func (p *pair) judgeSubmit(f smpp.Frame) {
	if s, ok := smpp.ScanSubmit(f); ok {
		p.judge.dests.Take(f, s)
		p.judgeRead(f)
	} else {
		p.judgeOne(f)
	}
}

// judgeOne judges a submit_sm or data_sm.
func (p *pair) judgeOne(f smpp.Frame) {
	if err := p.judge.dests.Read(f); err != nil {
		p.deny(f.Header(), err.Status, Malformed)
		return
	}
	p.judgeRead(f)
}

// judgeRead judges the message that was read last.
func (p *pair) judgeRead(f smpp.Frame) {
	j := &p.judge
	p.standing.throughput.read(&j.dests, f)
	d := &j.decision
	j.message.ID, j.message.Sequence = f.ID(), f.Sequence()
	p.decide(&j.dests.List[0])
	switch {
	case d.Verdict != rules.Forward:
		p.refuse(f.Header(), d)
	case d.Rewrite:
		j.edits = append(j.edits[:0], rewrite(d.Number.Digits()))
		p.asked = append(p.asked, f.Sequence())
		p.forwardEdited(f)
	default:
		p.forward(f, f.Sequence())
	}
}

// decide puts the verdict on one destination of the message that was read last into p.judge.decision.
func (p *pair) decide(dest *smpp.Destination) {
	j := &p.judge
	d := &j.decision
	m := &j.message
	m.Source = j.dests.Source.Addr
	if dest.DistributionList {
		m.TON, m.NPI, m.Dest = 0, 0, nil
		p.refuseUnjudged(rules.DistributionList)
		return
	}
	m.TON, m.NPI, m.Dest = dest.TON, dest.NPI, dest.Addr
	if p.stopwatch.due {
		p.decideTimed()
	} else {
		p.standing.policy.DecideFor(p.standing.account, &m.Query, d)
	}
	if d.Verdict == rules.Forward && !p.standing.throughput.allows(dest.Addr, j.now) {
		p.throttle()
		return
	}
	p.decided()
}

// decided tells of the decision.
func (p *pair) decided() {
	d := &p.judge.decision
	p.count(Outcome{d.Verdict, d.Reason, d.Number.Region, d.Monitored})
	if p.cfg.RefusalsOnly && d.Verdict == rules.Forward && !d.Monitored {
		return
	}
	p.cfg.Observer.Decided(&p.session, &p.judge.message, d)
}

// refuseUnjudged refuses what holds no destination that could be judged.
func (p *pair) refuseUnjudged(reason rules.Reason) {
	s := &p.standing
	if s.policy == nil {
		reason = rules.PolicyUnavailable
	}
	p.judge.decision = rules.Decision{
		Reason: reason, Status: s.account.StatusFor(reason), Revision: s.policy.Revision(),
	}
	p.decided()
}

// throttle turns a verdict that would have forwarded into a refusal for now.
func (p *pair) throttle() {
	d := &p.judge.decision
	d.Verdict, d.Reason, d.Monitored, d.Rewrite = rules.Refuse, rules.Throttled, false, false
	d.Status = p.standing.account.StatusFor(rules.Throttled)
	p.decided()
}

// The canonical form of a destination (SMPP 3.4 s.5.2.5 and 5.2.6).
const (
	tonInternational = 1
	npiISDN          = 1
)

func rewrite(digits []byte) smpp.Edit {
	return smpp.Edit{Rewrite: true, TON: tonInternational, NPI: npiISDN, Digits: digits}
}

// forwardEdited hands the message that was read last on with j.edits done to it.
func (p *pair) forwardEdited(f smpp.Frame) {
	p.fwd.put(p.judge.dests.AppendEdited(p.fwd.edit(), f, p.judge.edits))
}

// judgeBroadcast lets a broadcast_sm through where everything is allowed: it goes to whoever is in an area.
func (p *pair) judgeBroadcast(f smpp.Frame, h smpp.Header) {
	j := &p.judge
	if p.standing.policy.AllowsAny(p.standing.account, j.message.Now) {
		p.relayRead(f, h, new(smpp.BroadcastSM))
		return
	}
	j.message = Message{ID: h.ID, Sequence: h.Sequence, Query: rules.Query{Now: j.message.Now}}
	p.refuseUnjudged(rules.BroadcastClosed)
	p.refuse(h, &j.decision)
}
