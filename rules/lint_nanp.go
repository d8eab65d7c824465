package rules

import (
	"fmt"
	"slices"
	"strings"

	"geogate/rules/numplan"
)

// halfOpen looks for an account to which one of US and CA is open by its region, and nothing of it passes because the
// other is not.
func (l *linter) halfOpen(a *Account) {
	for i, dest := range []string{"12125550123", "14165550123"} { // nanpPair's
		var d Decision
		l.policy.DecideFor(a, &Query{TON: 1, NPI: 1, Dest: []byte(dest), Now: l.now}, &d)
		if d.Verdict == Refuse && d.Reason == NANPPair {
			pair := nanpPair()
			l.findings = append(l.findings, Finding{a.ID(), pair[i].String(), fmt.Sprintf(
				"nothing to %s passes while %s is closed: allow both, or set nanp=exact", pair[i], pair[1-i])})
		}
	}
}

// group looks for what a group on +1 was meant to hold and does not: the other area codes of a region, and the
// rest of the regions beside US and CA.
func (l *linter) group(name string, members []string) {
	found := func(format string, args ...any) {
		l.findings = append(l.findings, Finding{"@" + name, "", fmt.Sprintf(format, args...)})
	}
	l.areaCodes(members, found)
	var has, misses []numplan.Region
	for _, r := range l.policy.plan.Covers("1") {
		switch {
		case l.large(r):
		case slices.Contains(members, r.String()):
			has = append(has, r)
		default:
			misses = append(misses, r)
		}
	}
	const many = 10 // of some two dozen: then all of them were meant
	if len(has) >= many && len(misses) > 0 {
		found("holds most regions of +1 beside US and CA, but not %s", regionNames(misses))
	}
}

// large reports whether a region is one of the two that have hundreds of area codes.
func (l *linter) large(r numplan.Region) bool { return inPair(r) }

// areaCodes looks for regions on +1 of which a group holds some area codes, but not all.
func (l *linter) areaCodes(members []string, found func(string, ...any)) {
	const areaCode = len("+1876")
	seen := map[numplan.Region]bool{}
	for _, member := range slices.Sorted(slices.Values(members)) {
		if len(member) != areaCode || !strings.HasPrefix(member, "+1") {
			continue
		}
		of := l.policy.plan.Covers(member[1:])
		if len(of) != 1 || l.large(of[0]) || seen[of[0]] || slices.Contains(members, of[0].String()) {
			continue
		}
		seen[of[0]] = true
		var misses []string
		for _, code := range l.policy.plan.AreaCodes(of[0]) {
			if !slices.Contains(members, "+"+code) {
				misses = append(misses, "+"+code)
			}
		}
		if len(misses) > 0 {
			found("holds %s of %s, but not its other area codes %s", member, of[0], strings.Join(misses, " "))
		}
	}
}
