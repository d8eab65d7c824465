package rules

import "geogate/rules/numplan"

// Openings is what an account opens plainly, for many messages by one policy. The zero value opens nothing.
type Openings struct {
	policy  *Policy
	account *Account // nil: it opens nothing
}

// Openings returns what an account opens plainly.
func (p *Policy) Openings(a *Account) Openings {
	if a == nil || a.broken() || !p.usable() {
		return Openings{}
	}
	return Openings{p, a}
}

// Has reports whether DecideFor forwards a destination as it is, by the rule that opens its region, and says which: what
// most messages come to. False: DecideFor is to tell. It costs half of a decision.
func (o Openings) Has(ton, npi byte, dest []byte) (r numplan.Region, ok bool) {
	if o.account == nil {
		return r, false
	}
	place, lead, ok := o.account.dial.Place(ton, npi, dest)
	return place.Region, ok && o.policy.undisputed(o.account, place, lead)
}

// undisputed reports whether a rule opens the region of a number and nothing else of the policy can be about the number:
// to find that out costs a third of weighing one rule against none. false: walk is to tell.
func (p *Policy) undisputed(a *Account, place numplan.Info, lead uint64) bool {
	return a.clear.has(place.Region) && a.classes.Has(place.Class) && !a.set.mayConcern(lead) && p.platform.silent(place.Region, lead)
}

// silent reports whether none of the rules can be about a number.
func (s *ruleset) silent(r numplan.Region, lead uint64) bool {
	return len(s.entries) == 0 || s.silentOn(r, lead)
}

// silentOn is silent of rules that there are; apart, so that the compiler puts silent in its caller's place.
func (s *ruleset) silentOn(r numplan.Region, lead uint64) bool {
	return !s.regions.has(numplan.NoRegion) && !s.regions.has(r) && !s.mayConcern(lead)
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
