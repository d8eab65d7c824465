package rules

import (
	"fmt"
	"slices"
	"strings"

	"geogate/rules/numplan"
)

// Account is an account ready to decide: its own rules and settings, and the chain of those above it. It is immutable.
type Account struct {
	id        string
	own       *ownAccount // nil: nothing that was ever written for it could be read
	chain     []link      // itself first, then its ancestors
	suspended string      // the account, itself or above, whose suspension stops it; empty: none
}

// link is one account of a chain.
type link struct {
	set       *ruleset
	locksOnly bool // beyond an inherit=no: only its locks reach down
}

// ownAccount is what the hash of one account says, without the accounts above.
type ownAccount struct {
	settings settings
	rules    []*Rule
	groups   []string // that its rules name
	set      *ruleset
	dial     *numplan.Dial
}

// ID is the account's id.
func (a *Account) ID() string { return a.id }

// Upstream is the name of the message centre that the account sends to; empty: the default one.
func (a *Account) Upstream() string {
	if a.own == nil {
		return ""
	}
	return a.own.settings.upstream
}

// StatusFor is the command_status of the account's refusals for a reason.
func (a *Account) StatusFor(r Reason) uint32 {
	if a == nil || a.own == nil {
		return r.Status()
	}
	return a.own.settings.reject[r]
}

// parseAccount reads the hash of an account, all faults at once.
func parseAccount(plan *numplan.Plan, id string, hash map[string]string, groups *groupTable) (*ownAccount, []Fault) {
	var faults []Fault
	fault := func(field, problem, cure string) {
		faults = append(faults, Fault{Key: accountKey(id), Field: field, Problem: problem, Cure: cure})
	}
	if err := checkName("account", id); err != nil {
		fault("", err.Error(), "delete the key and choose another id")
	}
	own := &ownAccount{settings: parseSettings(plan, hash, fault)}
	own.rules = parseRules(plan, id, hash, &own.settings, fault)
	own.build(id, groups, fault)
	var err error
	if own.dial, err = plan.NewDial(own.settings.dial); err != nil {
		fault("dial.idd", err.Error(), "list digits, as 00,011")
	}
	sortFaults(faults)
	return own, faults
}

// build lays the rules out, with the groups as they are now.
func (o *ownAccount) build(id string, groups *groupTable, fault func(field, problem, cure string)) {
	for _, rule := range o.rules {
		name := rule.match.Group
		if name == "" {
			continue
		}
		if !slices.Contains(o.groups, name) {
			o.groups = append(o.groups, name)
		}
		if _, ok := groups.members(name); !ok {
			fault(rule.field, fmt.Sprintf("there is no group %q", name), fmt.Sprintf("create it: geogate group set %s MEMBER...", name))
		}
	}
	o.set = newRuleset(id, o.rules, func(name string) []Match {
		list, _ := groups.members(name)
		return list
	})
}

// linkAccount joins an account to the one above it; above is nil where there is none.
func linkAccount(id string, own *ownAccount, above *Account) *Account {
	a := &Account{id: id, own: own, chain: []link{{set: own.set}}}
	if own.settings.suspended {
		a.suspended = id
	}
	if above == nil {
		return a
	}
	if a.suspended == "" {
		a.suspended = above.suspended
	}
	for _, l := range above.chain {
		l.locksOnly = l.locksOnly || own.settings.detached
		a.chain = append(a.chain, l)
	}
	return a
}

func accountKey(id string) string { return "account:" + id }

func sortFaults(faults []Fault) {
	slices.SortFunc(faults, func(a, b Fault) int {
		for _, pair := range [][2]string{{a.Key, b.Key}, {a.Field, b.Field}, {a.Problem, b.Problem}} {
			if pair[0] != pair[1] {
				return slices.Compare([]byte(pair[0]), []byte(pair[1]))
			}
		}
		return 0
	})
}

func cutAccountKey(key string) (string, bool) { return strings.CutPrefix(key, accountKey("")) }

// Dial compiles the dial settings of a hash, whatever else is in it; the faults are those of all its settings.
func Dial(plan *numplan.Plan, hash map[string]string) (*numplan.Dial, []Fault) {
	own, faults := parseAccount(plan, "dial", hash, &groupTable{})
	return own.dial, faults
}
