package proxy

import (
	"math/bits"

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
// and the processors do not pass them to and fro. A kind is looked for from the place on that its region says, where it
// mostly is.
type outcomes struct {
	kinds [outcomeKinds]uint32 // packed; 0: the place is free
	times [outcomeKinds]uint32
	taken uint16 // a bit for each place
}

// outcomeKinds is how many kinds there is room for.
const outcomeKinds = 16

// pack makes a number of an outcome, which is not 0.
func (o *Outcome) pack() uint32 {
	packed := packedBit | uint32(o.Region)<<regionAt | uint32(o.Reason)<<reasonAt | uint32(o.Verdict)
	if o.Monitored {
		packed |= monitoredBit
	}
	return packed
}

const (
	regionAt, reasonAt      = 16, 8
	packedBit, monitoredBit = 1 << 31, 1 << 7
)

func unpack(packed uint32) Outcome {
	return Outcome{
		Verdict: rules.Verdict(packed &^ monitoredBit), Reason: rules.Reason(packed >> reasonAt),
		Region: numplan.Region(packed &^ packedBit >> regionAt), Monitored: packed&monitoredBit != 0,
	}
}

// count counts a decision; false: there is no room for its kind.
func (c *outcomes) count(kind uint32) bool {
	first := kind >> regionAt
	for n := range uint32(outcomeKinds) {
		i := (first + n) % outcomeKinds
		switch c.kinds[i] {
		case kind:
			c.times[i]++
			return true
		case 0:
			c.kinds[i], c.times[i] = kind, 1
			c.taken |= 1 << i
			return true
		}
	}
	return false
}

// count counts a decision. A batch of more kinds than there is room for is told in parts.
func (p *pair) count(o Outcome) {
	kind := o.pack()
	for !p.outcomes.count(kind) {
		p.tellOutcomes()
	}
}

// tellOutcomes tells the observer what was counted.
func (p *pair) tellOutcomes() {
	c := &p.outcomes
	for ; c.taken != 0; c.taken &= c.taken - 1 {
		i := bits.TrailingZeros16(c.taken) % outcomeKinds
		p.cfg.Observer.Counted(&p.session, unpack(c.kinds[i]), int(c.times[i]))
		c.kinds[i] = 0
	}
}
