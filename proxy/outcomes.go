package proxy

import (
	"geogate/rules"
	"geogate/rules/numplan"
)

// Outcome is what decisions are counted by.
type Outcome struct {
	Verdict   rules.Verdict
	Reason    rules.Reason
	Region    numplan.Region
	Monitored bool // forwarded only because the account is being monitored
}

// outcomes counts the decisions of one batch: counters that all sessions share are then touched once for many messages,
// and the processors do not pass them to and fro.
type outcomes struct {
	list [8]struct {
		Outcome
		n int
	}
	used int
}

// count counts a decision. A batch of more kinds than there is room for is told in parts.
func (p *pair) count(d *rules.Decision) {
	c := &p.outcomes
	o := Outcome{d.Verdict, d.Reason, d.Number.Region, d.Monitored}
	for i := range c.list[:c.used] {
		if known := &c.list[i]; known.Outcome == o {
			known.n++
			return
		}
	}
	if c.used == len(c.list) {
		p.tellOutcomes()
	}
	next := &c.list[c.used]
	next.Outcome, next.n = o, 1
	c.used++
}

// tellOutcomes tells the observer what was counted.
func (p *pair) tellOutcomes() {
	c := &p.outcomes
	for i := range c.list[:c.used] {
		p.cfg.Observer.Counted(&p.session, c.list[i].Outcome, c.list[i].n)
	}
	c.used = 0
}
