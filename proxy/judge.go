package proxy

import (
	"geogate/rules"
	"geogate/smpp"
)

// judgeSubmit judges a submit_sm.
func (p *pair) judgeSubmit(f smpp.Frame) {
	switch s, ok := smpp.ScanSubmit(f); {
	case !ok:
		p.judgeOne(f)
	case p.opens(f, s):
		p.forward(f, f.Sequence())
	default:
		p.judge.dests.Take(f, s)
		p.judgeRead(f)
	}
}

// opens reports whether a message is to be forwarded as it is, and nobody wants to know more than that.
func (p *pair) opens(f smpp.Frame, s smpp.Submit) bool {
	if !p.standing.brief || p.stopwatch.due {
		return false
	}
	ton, npi, dest := s.Dest(f)
	region, ok := p.standing.policy.Opens(p.standing.account, ton, npi, dest)
	if ok {
		p.count(Outcome{Verdict: rules.Forward, Reason: rules.RuleRegion, Region: region})
	}
	return ok
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
