package proposal

import (
	"slices"

	"geogate/rules"
	"geogate/rules/numplan"
)

// risks lists the members of @high-risk that the change opens, and for whom. It looks at the permissions
// alone: as if nobody were suspended, and a new account held against the one above it, whose permissions were
// confirmed before. A rule about a single number is no risk.
func (x *experiment) risks() []string {
	members, ok := x.To.Groups[rules.HighRisk]
	if !ok {
		members = rules.HighRiskMembers
	}
	var dangerous []sample
	for _, s := range x.samples {
		if s.rung != rules.RungNumber && slices.ContainsFunc(members, s.belongs) {
			dangerous = append(dangerous, s)
		}
	}
	before, after := awake(x.From, x.Before), awake(x.To, x.After)
	var list []string
	seen := map[string]bool{}
	for _, id := range x.accounts {
		pair := [2]subject{{before, x.confirmed(before, id)}, {after, after.Account(id)}}
		x.differences(pair, dangerous, func(s sample, sender, when string, opens bool) {
			if risk := s.label + " to " + id + sender + when; opens && !seen[risk] {
				seen[risk] = true
				list = append(list, risk)
			}
		})
	}
	return list
}

// awake compiles a policy as if nobody were suspended.
func awake(w rules.Written, compiled *rules.Policy) *rules.Policy {
	stopped := func(hash map[string]string) bool { return hash["status"] == "suspended" }
	var suspended []string
	for id, hash := range w.Accounts {
		if stopped(hash) {
			suspended = append(suspended, id)
		}
	}
	if len(suspended) == 0 {
		return compiled
	}
	w = Clone(w)
	for _, id := range suspended {
		delete(w.Accounts[id], "status")
	}
	policy, _ := rules.Compile(numplan.Default(), w)
	return policy
}

// confirmed is the account before the change; for a new one the nearest above it that was there.
func (x *experiment) confirmed(before *rules.Policy, id string) *rules.Account {
	for range len(x.To.Accounts) + 1 { // a cycle is a fault, not a hang
		if a := before.Account(id); a != nil {
			return a
		}
		if id = x.To.Accounts[id]["parent"]; id == "" {
			return nil
		}
	}
	return nil
}
