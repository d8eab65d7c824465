package rules

import (
	"math/bits"

	"geogate/rules/numplan"
)

// walk is one decision under way.
type walk struct {
	policy  *Policy
	account *Account
	query   *Query
	number  *numplan.Number
	trace   *trace // nil: nobody wants to know

	lock      winner // the foremost live lock that matches
	best      winner // the foremost of the other rules
	classShut bool   // a forwarding rule was out for its class alone
}

// winner is the foremost entry so far.
type winner struct {
	entry *entry // nil: none
	rank  uint64
}

func (b *winner) forwards() bool { return b.entry != nil && b.entry.action.Forwards() }

// Behind an entry's own rank come how near the account is, and blocks before the others.
const (
	nearBits  = 16
	farthest  = 1<<nearBits - 1
	rankShift = nearBits + 1
)

// collect looks at every rule that matches the number, taken as one of the region, and returns the foremost.
func (w *walk) collect(region numplan.Region) winner {
	w.rules(&w.account.set, region, farthest, false)
	for i := range w.account.above {
		l := &w.account.above[i]
		w.rules(&l.account.set, region, farthest-1-uint64(i), l.locksOnly)
	}
	if platform := w.policy.platform; len(platform.entries) > 0 {
		w.rules(platform, region, 0, false)
	}
	return w.best
}

// rules looks at the rules of one account.
func (w *walk) rules(s *ruleset, region numplan.Region, near uint64, locksOnly bool) {
	if w.number.Short {
		w.short(s, near, locksOnly)
		return
	}
	if at, ok := s.any(); ok {
		w.entries(s, at, near, locksOnly)
	}
	if at, ok := s.region(region); ok {
		w.entries(s, at, near, locksOnly)
	}
	if s.mayConcern(w.number.Lead()) {
		w.digits(s, near, locksOnly)
	}
}

// short looks at the rules about a short code; a lock on every number is one on short codes too.
func (w *walk) short(s *ruleset, near uint64, locksOnly bool) {
	if at, ok := s.digits.at(shortPlace | pack(w.number.Digits())); ok {
		w.entries(s, at, near, locksOnly)
	}
	if at, ok := s.any(); ok {
		w.entries(s, at, 0, true)
	}
}

// digits looks at the rules on prefixes, the shortest first, and on one number.
func (w *walk) digits(s *ruleset, near uint64, locksOnly bool) {
	all := len(w.number.Digits())
	for left := s.gate.lengths; left != 0; left &= left - 1 {
		n := bits.TrailingZeros16(left)
		if n > all {
			break
		}
		if at, ok := s.digits.at(prefixPlace | packFirst(w.number, n)); ok {
			w.entries(s, at, near, locksOnly)
		}
	}
	if s.gate.numbers {
		if at, ok := s.digits.at(numberPlace | packFirst(w.number, all)); ok {
			w.entries(s, at, near, locksOnly)
		}
	}
}

// entries holds each entry of a place, from the first on, against the message and the foremost so far.
func (w *walk) entries(s *ruleset, at int, near uint64, locksOnly bool) {
	for e := &s.entries[at]; e != nil; e = s.after(e) {
		if !w.applies(e) {
			continue
		}
		if locksOnly && e.action != Lock {
			w.tell(e, beyond, 0)
			continue
		}
		rank := uint64(e.rank)<<rankShift | near<<1
		if e.action == Block {
			rank |= 1
		}
		w.tell(e, "", rank)
		switch {
		case e.action == Lock:
			w.lock.take(e, rank)
		case e.action == Block:
			w.best.take(e, rank)
		case !w.open(e):
			w.classShut = true
			w.tell(e, "its class is not open", 0)
		default:
			w.best.take(e, rank)
		}
	}
}

// take puts an entry first if it is.
func (b *winner) take(e *entry, rank uint64) {
	if b.entry == nil || rank > b.rank {
		b.entry, b.rank = e, rank
	}
}

// applies reports whether a rule is live and about this message's sender and the number's class.
func (w *walk) applies(e *entry) bool { return e.always && w.trace == nil || w.meets(e) }

// meets is applies for a rule that does not always apply, or that is to be told of.
func (w *walk) meets(e *entry) bool {
	r := e.rule
	switch {
	case !r.live(w.query.Now):
		if w.trace != nil {
			w.tell(e, r.notLive(w.query.Now), 0)
		}
	case r.match.HasSender && r.match.Sender != string(w.query.Source):
		w.tell(e, "for another sender", 0)
	case r.match.HasClass && r.match.Class != w.number.Class:
		w.tell(e, "for another class", 0)
	default:
		w.tell(e, "", 0)
		return true
	}
	return false
}

// open reports whether the rule may open the number's class: one that names the class or the number itself
// may.
func (w *walk) open(e *entry) bool {
	return e.rung() == RungNumber || !e.always && e.rule.match.HasClass || w.account.classes.Has(w.number.Class)
}

// tell notes what is known of a rule: why it is out, or empty, and its rank where that counts.
func (w *walk) tell(e *entry, why string, rank uint64) {
	if w.trace != nil {
		w.trace.note(e, why, rank)
	}
}
