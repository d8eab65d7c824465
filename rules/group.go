package rules

import (
	"strings"

	"geogate/rules/numplan"
)

// HighRisk is the group that the tools create once, with the countries that Twilio lists as the most abused
// for messages. It is the operator's to edit.
const HighRisk = "high-risk"

// HighRiskMembers is what HighRisk holds when it is created.
var HighRiskMembers = []string{"BD", "IL", "NG", "PK", "PS", "LK", "AZ", "TJ", "OM", "TN", "DZ"}

// groupTable holds the members of the groups, as last good.
type groupTable struct{ table map[string][]Match }

func (g *groupTable) members(name string) ([]Match, bool) {
	list, ok := g.table[name]
	return list, ok
}

// parseGroup reads the members of a group, all faults at once.
func parseGroup(plan *numplan.Plan, name string, members []string) ([]Match, []Fault) {
	var list []Match
	var faults []Fault
	fault := func(member, problem string) {
		faults = append(faults, Fault{
			Key: groupKey(name), Field: member, Problem: problem, Cure: "a group holds regions and prefixes, as GB and +7840",
		})
	}
	if err := checkName("group", name); err != nil {
		fault("", err.Error())
	}
	for _, member := range members {
		var m Match
		if err := m.parseMember(plan, member); err != nil {
			fault(member, err.Error())
			continue
		}
		list = append(list, m)
	}
	sortFaults(faults)
	return list, faults
}

func groupKey(name string) string { return "group:" + strings.TrimPrefix(name, "@") }
