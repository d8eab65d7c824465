package rules

import (
	"fmt"
	"slices"

	"geogate/rules/numplan"
)

// Account is an account ready to decide: its own rules and settings, and the chain of those above it. It is
// immutable. What most decisions need comes first, and the size is a whole number of cache lines: while many accounts
// send, each decision finds its account out of the caches.
type Account struct {
	dial      *numplan.Dial // nil: nothing that was ever written for it could be read
	classes   numplan.ClassSet
	suspended bool // it, or one above it
	monitor   bool
	exact     bool      // nanp=exact
	verbatim  bool      // dial.rewrite=verbatim
	clear     regionSet // that a rule opens plainly, see undisputed
	set       ruleset   // its own rules

	reject    *statuses
	above     []link
	id        string
	upstream  string
	suspender string // the account, itself or above, whose suspension stops it; empty: none

	_ [56]byte // up to the end of a cache line
}

// link is one account of a chain.
type link struct {
	account   *Account
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
func (a *Account) Upstream() string { return a.upstream }

// broken reports whether nothing that was ever written for the account could be read: it refuses everything.
func (a *Account) broken() bool { return a.dial == nil }

// StatusFor is the command_status of the account's refusals for a reason.
func (a *Account) StatusFor(r Reason) uint32 {
	if a == nil || a.broken() {
		return r.Status()
	}
	return a.reject[r]
}

// chain is the account and those above it, the nearest first; nothing of one that is broken.
func (a *Account) chain() []link {
	if a.broken() {
		return nil
	}
	return append([]link{{account: a}}, a.above...)
}

// parseAccount reads the hash of an account, all faults at once; before is what it was; nil: nothing. Its rules are
// yet to be laid out.
func parseAccount(plan *numplan.Plan, id string, hash map[string]string, before *ownAccount) (*ownAccount, []Fault) {
	var faults []Fault
	fault := func(field, problem, cure string) {
		faults = append(faults, Fault{Key: accountKey(id), Field: field, Problem: problem, Cure: cure})
	}
	if err := checkName("account", id); err != nil {
		fault("", err.Error(), "delete the key and choose another id")
	}
	own := &ownAccount{settings: parseSettings(plan, hash, fault)}
	own.rules = parseRules(plan, id, hash, &own.settings, before, fault)
	own.groups = groupsOf(own.rules)
	var err error
	if own.dial, err = plan.NewDial(own.settings.dial); err != nil {
		fault("dial.idd", err.Error(), "list digits, as 00,011")
	}
	sortFaults(faults)
	return own, faults
}

// parsePlatform reads the hash of the platform, which holds rules alone, as parseAccount does.
func parsePlatform(plan *numplan.Plan, hash map[string]string, before *ownAccount) (*ownAccount, []Fault) {
	var faults []Fault
	own := &ownAccount{}
	own.rules = parseRules(plan, PlatformAccount, hash, &own.settings, before, func(field, problem, cure string) {
		faults = append(faults, Fault{Key: PlatformAccount, Field: field, Problem: problem, Cure: cure})
	})
	own.groups = groupsOf(own.rules)
	sortFaults(faults)
	return own, faults
}

// groupsOf lists the groups that rules name, each once.
func groupsOf(rules []*Rule) []string {
	var names []string
	for _, rule := range rules {
		if name := rule.match.Group; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// missingGroups are the faults of rules that name a group which does not exist.
func (o *ownAccount) missingGroups(key string, groups *groupTable) []Fault {
	if len(o.groups) == 0 {
		return nil
	}
	var faults []Fault
	for _, rule := range o.rules {
		if rule.match.Group == "" {
			continue
		}
		if _, ok := groups.members(rule.match.Group); !ok {
			faults = append(faults, Fault{
				Key: key, Field: rule.field, Problem: fmt.Sprintf("there is no group %q", rule.match.Group),
				Cure: fmt.Sprintf("a group without a member is none: geogate group set %s MEMBER..., or take the rule away",
					rule.match.Group),
			})
		}
	}
	sortFaults(faults)
	return faults
}

// laidOut returns the same account with its rules laid out by the groups as they are now.
func (o *ownAccount) laidOut(groups *groupTable) *ownAccount {
	now := *o
	now.set = newRuleset(o.rules, func(name string) []Match {
		list, _ := groups.members(name)
		return list
	})
	return &now
}

// linkAccount joins an account to the one above it; above is nil where there is none.
func linkAccount(id string, own *ownAccount, above *Account) *Account {
	s := &own.settings
	a := &Account{
		dial: own.dial, reject: s.reject, classes: s.classes, monitor: s.monitor, exact: s.exact, verbatim: s.verbatim,
		set: *own.set, id: id, upstream: s.upstream,
	}
	if s.suspended {
		a.suspender = id
	}
	if above != nil {
		if a.suspender == "" {
			a.suspender = above.suspender
		}
		a.above = above.chain()
		for i := range a.above {
			a.above[i].locksOnly = a.above[i].locksOnly || s.detached
		}
	}
	a.suspended = a.suspender != ""
	a.clear = a.plainlyOpen()
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

// Dial compiles the dial settings of a hash, whatever else is in it; the faults are those of all its
// settings.
func Dial(plan *numplan.Plan, hash map[string]string) (*numplan.Dial, []Fault) {
	own, faults := parseAccount(plan, "dial", hash, nil)
	return own.dial, faults
}
