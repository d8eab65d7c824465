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
// and the processors do not pass them to and fro. All of it lies in one cache line.
type outcomes struct {
	kinds [7]uint32 // packed
	times [7]uint32
	used  int
}

// pack makes a number of an outcome.
func (o *Outcome) pack() uint32 {
	packed := uint32(o.Region)<<16 | uint32(o.Reason)<<8 | uint32(o.Verdict)
	if o.Monitored {
		packed |= monitored
	}
	return packed
}

const monitored = 1 << 7

func unpack(packed uint32) Outcome {
	return Outcome{
		Verdict: rules.Verdict(packed &^ monitored), Reason: rules.Reason(packed >> 8), Region: numplan.Region(packed >> 16),
		Monitored: packed&monitored != 0,
	}
}

// count counts a decision. A batch of more kinds than there is room for is told in parts.
func (p *pair) count(o Outcome) {
	c := &p.outcomes
	kind := o.pack()
	for i, known := range c.kinds[:c.used] {
		if known == kind {
			c.times[i]++
			return
		}
	}
	if c.used == len(c.kinds) {
		p.tellOutcomes()
	}
	c.kinds[c.used], c.times[c.used] = kind, 1
	c.used++
}

// tellOutcomes tells the observer what was counted.
func (p *pair) tellOutcomes() {
	c := &p.outcomes
	for i, kind := range c.kinds[:c.used] {
		p.cfg.Observer.Counted(&p.session, unpack(kind), int(c.times[i]))
	}
	c.used = 0
}
