package rules

import (
	"slices"

	"geogate/rules/numplan"
)

// covers lists the regions that a match can open.
func covers(plan *numplan.Plan, m Match, members func(string) ([]Match, bool)) []numplan.Region {
	switch {
	case m.Group != "":
		var list []numplan.Region
		group, _ := members(m.Group)
		for _, member := range group {
			list = append(list, covers(plan, member, members)...)
		}
		return list
	case m.Rung == RungAny:
		return numplan.Regions()
	case m.Rung == RungRegion:
		return []numplan.Region{m.Region}
	case m.Short:
		return nil
	}
	return plan.Covers(m.Digits)
}

// OpensHighRisk lists the members of the group HighRisk, sorted, that a change of the policy opens with a rule that did
// not forward before: what the tools ask to have confirmed.
func OpensHighRisk(plan *numplan.Plan, before, after Written) []string {
	groups := groupTable{map[string][]Match{}}
	for name, members := range after.Groups {
		groups.table[name], _ = parseGroup(plan, name, members)
	}
	risky := map[numplan.Region]bool{}
	high, ok := groups.members(HighRisk)
	if !ok {
		high, _ = parseGroup(plan, HighRisk, HighRiskMembers)
	}
	for _, m := range high {
		for _, r := range covers(plan, m, groups.members) {
			risky[r] = true
		}
	}
	var opened []string
	for id, hash := range withPlatform(after) {
		for field, value := range hash {
			if was, ok := withPlatform(before)[id][field]; ok && forwards(was) || !forwards(value) {
				continue
			}
			m, err := ParseMatch(plan, field)
			if err != nil {
				continue // a setting, or a fault that is told elsewhere
			}
			for _, r := range covers(plan, m, groups.members) {
				if risky[r] {
					opened = append(opened, r.String())
				}
			}
		}
	}
	slices.Sort(opened)
	return slices.Compact(opened)
}

func forwards(value string) bool {
	v, err := ParseValue(value)
	return err == nil && v.Action.Forwards()
}

// withPlatform are the hashes that hold rules, by account; the platform's by its own name.
func withPlatform(w Written) map[string]map[string]string {
	all := map[string]map[string]string{"geo:" + PlatformAccount: w.Platform} // no account can have this id
	for id, hash := range w.Accounts {
		all[id] = hash
	}
	return all
}
