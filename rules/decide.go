package rules

import (
	"geogate/rules/numplan"
)

// Query is one destination of one message, as it stands in the PDU. Its slices are only read, and not kept.
type Query struct {
	Source   []byte // source_addr
	TON, NPI byte   // dest_addr_ton, dest_addr_npi
	Dest     []byte // destination_addr, without its NUL
	Now      int64  // wall clock, in nanoseconds since 1970 UTC
}

// Decision is the answer to a Query. The zero value refuses.
type Decision struct {
	Verdict   Verdict
	Reason    Reason
	Action    Action // of Rule: allow, observe or trust where it forwards
	Monitored bool   // forwarded only because the account is being monitored
	Rewrite   bool   // to be forwarded as Number's digits with TON 1 and NPI 1
	Rule      *Rule  // that decided; nil: none did
	Number    numplan.Number
	Revision  uint64 // of the policy
	Status    uint32 // command_status of a refusal; 0 otherwise
}

// Decide answers for an account by its id.
func (p *Policy) Decide(account string, q *Query, d *Decision) { p.DecideFor(p.Account(account), q, d) }

// DecideFor answers for an account of this policy; nil is an account that does not exist. A nil or zero
// policy refuses everything. It allocates nothing.
func (p *Policy) DecideFor(a *Account, q *Query, d *Decision) { p.decide(a, q, d, nil) }

// decide is the one walk: with a trace, it tells what it sees.
func (p *Policy) decide(a *Account, q *Query, d *Decision, trace *trace) {
	*d = Decision{Reason: PolicyUnavailable}
	if !p.usable() || a != nil && a.broken() {
		d.Revision, d.Status = p.Revision(), a.StatusFor(PolicyUnavailable)
		return
	}
	d.Revision = p.revision
	d.Reason = p.judge(a, q, d, trace)
	if d.Verdict == Refuse {
		d.Status = a.StatusFor(d.Reason)
		return
	}
	d.Rewrite = d.Number.Respelled && !a.verbatim
}

// judge takes the steps in their order and returns the reason of the verdict.
func (p *Policy) judge(a *Account, q *Query, d *Decision, trace *trace) Reason {
	dial := p.dial
	if a != nil {
		dial = a.dial
	}
	if problem := dial.Read(q.TON, q.NPI, q.Dest, &d.Number); problem != numplan.OK {
		return unreadable[problem]
	}
	if a != nil && trace == nil {
		n := &d.Number
		if p.undisputed(a, numplan.Info{Region: n.Region, Class: n.Class}, n.Lead()) {
			d.Rule, d.Action, d.Verdict = a.set.entries[a.set.regions.before(n.Region)].rule, Allow, Forward
			return RuleRegion
		}
	}
	var w walk // filled field by field: a literal is made aside and copied
	w.policy, w.account, w.query, w.number, w.trace = p, a, q, &d.Number, trace
	return w.judge(d)
}

// judge takes the steps behind the reading of the number.
func (w *walk) judge(d *Decision) Reason {
	switch {
	case w.number.Short && !w.opensShort():
		return ShortDest
	case w.account == nil:
		return AccountUnknown
	case w.account.suspended:
		return AccountSuspended
	}
	best := w.collect(w.number.Region)
	if w.lock.entry != nil {
		d.Rule, d.Action = w.lock.entry.rule, Lock
		return Locked
	}
	reason := w.weigh(best)
	if best.entry != nil {
		d.Rule, d.Action = best.entry.rule, best.entry.action
	}
	if best.forwards() && reason == best.entry.rung().reason() {
		d.Verdict = Forward
	} else if w.account.monitor {
		d.Verdict, d.Monitored = Forward, true
	}
	return reason
}

// unreadable is the reason of each problem with a destination.
var unreadable = [...]Reason{
	numplan.MalformedDest: MalformedDest, numplan.NPIUnsupported: NPIUnsupported, numplan.TONUnsupported: TONUnsupported,
	numplan.NoncanonicalDest: NoncanonicalDest,
}

// opensShort reports whether a rule opens the short code, though a narrower one may block it again. A block by
// itself opens none: while an account is monitored, what it blocks is forwarded, and what nothing opens is not.
func (w *walk) opensShort() bool {
	if w.account == nil {
		return false
	}
	if w.opens(&w.account.set) {
		return true
	}
	for _, l := range w.account.above {
		if !l.locksOnly && w.opens(&l.account.set) {
			return true
		}
	}
	return w.opens(w.policy.platform)
}

// opens reports whether a rule of one account opens the short code.
func (w *walk) opens(s *ruleset) bool {
	at, ok := s.digits.at(shortPlace | pack(w.number.Digits()))
	if !ok {
		return false
	}
	for e := &s.entries[at]; e != nil; e = s.after(e) {
		if w.applies(e) && e.action.Forwards() {
			return true
		}
	}
	return false
}

// weigh turns the winner into a reason; it forwards when the reason is the winner's rung and the winner
// forwards.
func (w *walk) weigh(best winner) Reason {
	switch {
	case best.forwards() && best.entry.rung() == RungRegion && w.paired() && !w.otherOpen():
		return NANPPair
	case best.entry != nil:
		return best.entry.rung().reason()
	case w.classShut:
		return ClassNotOpen
	}
	return Default
}

// paired reports whether the number is one of US or CA, and the account needs both of them open.
func (w *walk) paired() bool {
	pair := &w.policy.pair
	return (w.number.Region == pair[0] || w.number.Region == pair[1]) && !w.account.exact
}

// otherOpen reports whether the other of US and CA is open.
func (w *walk) otherOpen() bool {
	other := w.policy.pair[0]
	if w.number.Region == other {
		other = w.policy.pair[1]
	}
	twin := walk{policy: w.policy, account: w.account, query: w.query, number: w.number}
	best := twin.collect(other)
	return twin.lock.entry == nil && best.forwards()
}
