package rules

import "geogate/rules/numplan"

// undisputed returns the rule that opens the number's region when nothing else of the policy can be about the number: what
// most messages come to, at a third of the cost of weighing one rule against none. nil: walk is to tell.
func (p *Policy) undisputed(a *Account, n *numplan.Number) *entry {
	if !a.clear.has(n.Region) || !a.classes.Has(n.Class) || a.set.gate.opens(n.Lead()) || !p.platform.silent(n) {
		return nil
	}
	return &a.set.entries[a.set.regions.before(n.Region)]
}

// silent reports whether none of the rules can be about the number.
func (s *ruleset) silent(n *numplan.Number) bool { return len(s.entries) == 0 || s.silentOn(n) }

// silentOn is silent of rules that there are; apart, so that the compiler puts silent in its caller's place.
func (s *ruleset) silentOn(n *numplan.Number) bool {
	return !s.regions.has(numplan.NoRegion) && !s.regions.has(n.Region) && !s.gate.opens(n.Lead())
}

// plainlyOpen is the regions that a rule of the account opens at all times, for every sender and the account's classes,
// and about which no other rule by region says anything, its own or of those above it.
func (a *Account) plainlyOpen() (open regionSet) {
	if a.suspended || len(a.above) > 0 || a.set.regions.has(numplan.NoRegion) {
		return open
	}
	for i, r := range a.set.regions.all() {
		e := &a.set.entries[i]
		paired := !a.exact && inPair(r)
		if e.next == 0 && e.always && e.action == Allow && !paired {
			open.add(r)
		}
	}
	return open
}
