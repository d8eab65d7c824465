package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"geogate/rules/numplan"
)

// Finding is something written that works, but perhaps not as it was meant.
type Finding struct {
	Account string // or group, or "upstream:NAME"
	Match   string // the rule's field, or an address; empty: the account or group as a whole
	Advice  string
}

// String is the finding on one line.
func (f Finding) String() string {
	if f.Match == "" {
		return f.Account + ": " + f.Advice
	}
	return fmt.Sprintf("%s, %q: %s", f.Account, f.Match, f.Advice)
}

// Lint looks for rules that cannot do what they say, as of a time. The findings come in a fixed order.
func (p *Policy) Lint(now time.Time) []Finding {
	if !p.usable() {
		return nil
	}
	l := linter{policy: p, now: now.UnixNano(), mobile: map[numplan.Region]bool{}}
	l.rules(p.platform)
	for _, id := range p.Accounts() {
		if a := p.Account(id); !a.broken() {
			l.rules(&a.set)
			l.rejects(id, a.reject)
			l.halfOpen(a)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.groups)) {
		l.group(name, p.groups[name])
	}
	l.asides()
	return l.findings
}

type linter struct {
	policy   *Policy
	now      int64
	mobile   map[numplan.Region]bool // whether the plan has mobiles of a region, as far as it was asked
	findings []Finding
}

func (l *linter) rules(s *ruleset) {
	list := s.all()
	slices.SortFunc(list, func(a, b *Rule) int { return strings.Compare(a.field, b.field) })
	for _, r := range list {
		if r.field != homeMatch {
			l.rule(r)
		}
	}
}

// rejects looks for refusals that senders would try again.
func (l *linter) rejects(id string, table *statuses) {
	var again []string
	for r := range NumReasons {
		if status := table[r]; status != r.Status() && retried(status) {
			again = append(again, r.String())
		}
	}
	if len(again) > 0 {
		l.findings = append(l.findings, Finding{id, rejectPrefix, "senders try again, up to twenty times, what is refused " +
			"with 0x08, 0x14, 0x58 or 0x64, here for " + strings.Join(again, " ") + "; 0x0B is final to all"})
	}
}

func (l *linter) rule(r *Rule) {
	found := func(format string, args ...any) {
		l.findings = append(l.findings, Finding{r.account, r.field, fmt.Sprintf(format, args...)})
	}
	plan := l.policy.plan
	if r.window.to <= l.now {
		found("expired: it does nothing any more")
	}
	switch {
	case r.match.Group != "" || r.match.Short:
	case r.match.Rung == RungRegion && !l.hasMobile(r.match.Region):
		found("no mobile number is %s's own in the numbering plan: they count as those of +%d's other regions",
			r.match.Region, r.match.Region.CallingCode())
	case r.match.Rung == RungRegion && r.match.Region.String() == "IM":
		found("only some mobile numbers of IM are its own: others count as GB")
	case r.match.Rung == RungCode:
		found("covers %s", regionNames(plan.Covers(r.match.Digits)))
	case r.match.Rung == RungNumber:
		l.number(r, found)
	}
}

// hasMobile asks the plan once for each region: the answer is a walk over all of its numbers.
func (l *linter) hasMobile(r numplan.Region) bool {
	has, asked := l.mobile[r]
	if !asked {
		has = l.policy.plan.HasMobile(r)
		l.mobile[r] = has
	}
	return has
}

// number looks at a rule about one number, which must be spelled as the plan spells it.
func (l *linter) number(r *Rule, found func(string, ...any)) {
	var n numplan.Number
	if problem := l.policy.dial.Read(1, 1, []byte(r.match.Digits), &n); problem != numplan.OK {
		found("no destination is ever read as this number: %s", problem)
	}
}

func regionNames(list []numplan.Region) string {
	if len(list) == 0 {
		return "no region"
	}
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = r.String()
	}
	return strings.Join(names, " ")
}
