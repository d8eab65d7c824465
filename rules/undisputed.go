package rules

import "geogate/rules/numplan"

// undisputed returns the rule that opens the number's region when it always does and no other rule can be about the
// number: what most messages come to, at half the cost of weighing one rule against none. nil: collect is to tell.
func (w *walk) undisputed() *entry {
	a := w.account
	if len(a.above) > 0 || a.set.gate.opens(w.number.Lead()) || w.trace != nil {
		return nil
	}
	at, ok := a.set.region(w.number.Region)
	if !ok {
		return nil
	}
	e := &a.set.entries[at]
	switch {
	case e.next != 0 || !e.always || e.action != Allow || !a.classes.Has(w.number.Class):
	case a.set.regions.has(numplan.NoRegion) || w.paired() || !w.policy.platform.silent(w.number):
	default:
		return e
	}
	return nil
}

// silent reports whether none of the rules can be about the number.
func (s *ruleset) silent(n *numplan.Number) bool {
	return len(s.entries) == 0 ||
		!s.regions.has(numplan.NoRegion) && !s.regions.has(n.Region) && !s.gate.opens(n.Lead())
}
