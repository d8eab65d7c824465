package rules

import (
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"geogate/rules/numplan"
)

// PlatformAccount is the name under which the rules of geo:platform answer.
const PlatformAccount = "platform"

// homeMatch is the name under which the allow that `home` implies answers.
const homeMatch = "home"

// Rule is one rule of an account, as written and as parsed. It is immutable, and small: of all that a policy holds, rules
// take most of the memory.
type Rule struct {
	account string
	field   string
	value   string
	note    string // the reason that is written
	match   Match
	action  Action
	window  window

	// instead is the written rule that the implied allow gives way to while it lives; nil: none, or not implied.
	instead *Rule
}

// Account is the account that the rule stands in; PlatformAccount for the platform's.
func (r *Rule) Account() string { return r.account }

// Match is the field that the rule was written under, "GB/premium"; "home" for the allow that the setting
// implies.
func (r *Rule) Match() string { return r.field }

// Value is the value that the rule was written with.
func (r *Rule) Value() string { return r.value }

// Action is what the rule does.
func (r *Rule) Action() Action { return r.action }

// Note is the reason that whoever wrote the rule gave; empty: none.
func (r *Rule) Note() string { return r.note }

// live reports whether the rule counts at a time; one that does not equals one that is not there.
func (r *Rule) live(now int64) bool {
	return r.window.contains(now) && (r.instead == nil || !r.instead.window.contains(now))
}

// alwaysLive reports whether live is true at every time.
func (r *Rule) alwaysLive() bool {
	return r.window == window{math.MinInt64, math.MaxInt64} && r.instead == nil
}

// notLive is why the rule does not count at a time.
func (r *Rule) notLive(now int64) string {
	if r.window.contains(now) {
		return "the account has a rule that names the region"
	}
	return "not live at that time"
}

// parseRules reads the fields of a hash that are not settings. All faults at once. What is written as it was keeps the
// rule that it was: of thousands, a change reads one.
func parseRules(plan *numplan.Plan, account string, hash map[string]string, s *settings, before *ownAccount,
	fault func(field, problem, cure string)) []*Rule {
	list := make([]*Rule, 0, len(hash))
	var earlier ruleLine // those that settings imply stand behind, under a field that is no rule's
	if before != nil {
		earlier = before.rules
	}
	for _, field := range slices.Sorted(maps.Keys(hash)) { // in an order that explaining can repeat
		value := hash[field]
		if rule := earlier.take(field, value); rule != nil {
			list = append(list, rule)
			continue
		}
		if account != PlatformAccount && isSetting(field) {
			continue
		}
		match, err := ParseMatch(plan, field)
		if err != nil {
			fault(field, "neither a setting nor a rule: "+err.Error(), fieldSyntax(account, field))
			continue
		}
		parsed, err := ParseValue(value)
		if err != nil {
			fault(field, err.Error(), `as in: allow until=2026-12-01T00:00:00Z reason="pilot"`)
			continue
		}
		list = append(list, &Rule{
			account: account, field: field, value: value, match: match,
			action: parsed.Action, note: parsed.Reason, window: parsed.window(),
		})
	}
	written := ruleLine(list)
	for _, region := range homeRegions(s) {
		list = append(list, impliedAllow(account, region, written.of(region.String())))
	}
	return list
}

// ruleLine is written rules in the order of their fields.
type ruleLine []*Rule

// take drops the rules up to a field, and returns the rule of the field if it has the value.
func (l *ruleLine) take(field, value string) *Rule {
	for len(*l) > 0 && (*l)[0].field < field {
		*l = (*l)[1:]
	}
	if len(*l) > 0 && (*l)[0].field == field && (*l)[0].value == value {
		return (*l)[0]
	}
	return nil
}

// of returns the rule of a field; nil: there is none.
func (l ruleLine) of(field string) *Rule {
	i, ok := slices.BinarySearchFunc(l, field, func(r *Rule, field string) int { return strings.Compare(r.field, field) })
	if !ok {
		return nil
	}
	return l[i]
}

// fieldSyntax is what a field may be that is neither: settings are in lower case, and matches, but for a few, are
// not.
func fieldSyntax(account, field string) string {
	if account == PlatformAccount || field == "" || field[0] < 'a' || field[0] > 'z' || strings.HasPrefix(field, shortMark) {
		return MatchSyntax
	}
	return "the settings are " + settingNames() + "; " + MatchSyntax
}

// homeRegions are the regions that `home` opens: with nanp=pair, the United States and Canada open each
// other.
func homeRegions(s *settings) []numplan.Region {
	switch {
	case s.home == numplan.NoRegion:
		return nil
	case !s.exact && inPair(s.home):
		pair := nanpPair()
		return pair[:]
	}
	return []numplan.Region{s.home}
}

// nanpPair are the two regions that need each other on +1.
var nanpPair = sync.OnceValue(func() [2]numplan.Region {
	us, _ := numplan.ParseRegion("US")
	ca, _ := numplan.ParseRegion("CA")
	return [2]numplan.Region{us, ca}
})

// inPair reports whether a region is one of the two.
func inPair(r numplan.Region) bool {
	pair := nanpPair()
	return r == pair[0] || r == pair[1]
}

func impliedAllow(account string, region numplan.Region, instead *Rule) *Rule {
	v := Value{Action: Allow}
	return &Rule{
		account: account, field: homeMatch, value: v.String(), action: v.Action, window: v.window(), instead: instead,
		match: Match{Rung: RungRegion, Region: region},
	}
}
