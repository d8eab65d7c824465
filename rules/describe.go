package rules

import (
	"cmp"
	"slices"
	"time"
)

// Description is an account as people look at it.
type Description struct {
	ID        string
	Settings  []SettingInfo
	Rules     []RuleInfo // its own and those that reach it, the narrowest first
	Chain     []string   // the accounts above, the nearest first
	Suspended string     // the account whose suspension stops it; empty: none
	Broken    bool       // nothing that was ever written for it could be read: it refuses everything
}

// SettingInfo is one setting.
type SettingInfo struct {
	Name, Value string
	Default     bool // the value is the default, and not written
}

// RuleInfo is one rule that reaches an account.
type RuleInfo struct {
	Match, Account, Value string
	Live                  bool // at the time that was asked for
	LockOnly              bool // beyond an inherit=no: it counts only since it is a lock
}

// Describe describes an account at a time; false when there is none of that id. written is the hash of the
// account.
func (p *Policy) Describe(id string, hash map[string]string, now time.Time) (Description, bool) {
	a := p.Account(id)
	if a == nil {
		return Description{}, false
	}
	d := Description{ID: id, Suspended: a.suspender, Broken: a.broken(), Settings: describeSettings(hash)}
	for i, l := range a.chain() {
		if i > 0 {
			d.Chain = append(d.Chain, l.account.id)
		}
		d.Rules = append(d.Rules, l.account.set.describe(now, l.locksOnly)...)
	}
	if p.platform != nil {
		d.Rules = append(d.Rules, p.platform.describe(now, false)...)
	}
	return d, true
}

// describeSettings lists the settings in the order of the reference, then the statuses.
func describeSettings(hash map[string]string) []SettingInfo {
	var list []SettingInfo
	for _, s := range settingTable {
		value, written := hash[s.name]
		if !written {
			value = s.initial
		}
		list = append(list, SettingInfo{s.name, value, !written})
	}
	var rejects []SettingInfo
	for field, value := range hash {
		if isSetting(field) && !slices.ContainsFunc(list, func(s SettingInfo) bool { return s.Name == field }) {
			rejects = append(rejects, SettingInfo{field, value, false})
		}
	}
	slices.SortFunc(rejects, func(a, b SettingInfo) int { return cmp.Compare(a.Name, b.Name) })
	return append(list, rejects...)
}

// describe lists the rules of one account that count.
func (s *ruleset) describe(now time.Time, locksOnly bool) []RuleInfo {
	rules := s.all()
	slices.SortFunc(rules, func(a, b *Rule) int {
		return cmp.Or(cmp.Compare(b.match.Rung, a.match.Rung), cmp.Compare(a.field, b.field))
	})
	var list []RuleInfo
	for _, r := range rules {
		if locksOnly && r.Action() != Lock {
			continue
		}
		list = append(list, RuleInfo{r.field, r.account, r.value, r.live(now.UnixNano()), locksOnly})
	}
	return list
}
