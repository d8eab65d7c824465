package rules

import (
	"fmt"
	"maps"
	"slices"

	"geogate/rules/numplan"
)

// Compiler turns what is written into policies, one after the other, and remembers the last good form of each account,
// group, bind and of the platform: what does not parse changes nothing but the list of faults. It is for one goroutine;
// the policies it makes are for all.
type Compiler struct {
	plan     *numplan.Plan
	policy   *Policy // the latest
	slots    map[string]*slot
	children map[string]map[string]bool // ids by the parent that is written for them
	users    map[string]map[string]bool // ids by a group that their written rules name
	groups   groupTable
	written  Written // the latest of everything, right or wrong
	good     Written // the last good of everything
	faults   map[string][]Fault
}

// slot is one account.
type slot struct {
	own  *ownAccount // as last good; nil: never
	link *Account    // the same, with the chain above
}

// NewCompiler starts with nothing written.
func NewCompiler(plan *numplan.Plan) *Compiler {
	return &Compiler{
		plan: plan, slots: map[string]*slot{}, children: map[string]map[string]bool{}, users: map[string]map[string]bool{},
		groups: groupTable{map[string][]Match{}}, written: emptyWritten(), good: emptyWritten(), faults: map[string][]Fault{},
	}
}

func emptyWritten() Written {
	return Written{
		Accounts: map[string]map[string]string{}, Platform: map[string]string{},
		Binds: map[string]map[string]string{}, Groups: map[string][]string{},
	}
}

// Compile compiles a policy in one go.
func Compile(plan *numplan.Plan, w Written) (*Policy, []Fault) { return NewCompiler(plan).Replace(w) }

// Replace makes w the whole of what is written. The policy is the same one as before when nothing differs.
func (c *Compiler) Replace(w Written) (*Policy, []Fault) { return c.Update(c.Changes(w)) }

// Changes returns what differs between w and what is written so far.
func (c *Compiler) Changes(w Written) Update { return changes(c.written, w) }

// Written returns the last good form of everything: what the policy was made of. Its hashes must not be changed.
func (c *Compiler) Written() Written {
	return Written{
		Accounts: maps.Clone(c.good.Accounts), Platform: c.good.Platform,
		Binds: maps.Clone(c.good.Binds), Groups: maps.Clone(c.good.Groups),
	}
}

// Update takes in what was written anew, all of it at once, and returns the policy and all faults that there are now,
// old and new. What it costs follows what changed.
func (c *Compiler) Update(u Update) (*Policy, []Fault) {
	if c.policy != nil && u.Len() == 0 {
		return c.policy, c.policy.faults
	}
	next := c.nextPolicy()
	dirty := map[string]bool{}
	c.updateGroups(u.Groups, next, dirty)
	c.updatePlatform(u.Platform, u.Groups, next)
	c.updateBinds(u.Binds, next)
	c.updateAccounts(u.Accounts, dirty)
	c.relink(dirty, next)
	next.faults = c.allFaults()
	c.policy = next
	return next, next.faults
}

// nextPolicy copies the latest policy; its maps are shared until they are edited.
func (c *Compiler) nextPolicy() *Policy {
	if c.policy == nil {
		dial, err := c.plan.NewDial(numplan.DialSettings{})
		if err != nil {
			panic("rules: the default dial plan: " + err.Error()) // it has no setting that could be wrong
		}
		return &Policy{plan: c.plan, dial: dial, revision: 1, platform: newRuleset(PlatformAccount, nil, nil)}
	}
	next := *c.policy
	next.revision++
	return &next
}

// updateGroups takes in groups and marks the accounts whose rules name them.
func (c *Compiler) updateGroups(groups map[string][]string, next *Policy, dirty map[string]bool) {
	if len(groups) == 0 {
		return
	}
	for name, members := range groups {
		c.updateGroup(name, members)
		maps.Copy(dirty, c.users[name])
	}
	next.groups = maps.Clone(c.good.Groups)
}

func (c *Compiler) updateGroup(name string, members []string) {
	delete(c.faults, groupKey(name))
	if members == nil {
		delete(c.written.Groups, name)
		delete(c.good.Groups, name)
		delete(c.groups.table, name)
		return
	}
	c.written.Groups[name] = members
	list, faults := parseGroup(c.plan, name, members)
	if len(faults) > 0 {
		c.faults[groupKey(name)] = faults
		return
	}
	c.good.Groups[name], c.groups.table[name] = members, list
}

// updatePlatform takes in the platform's rules, and lays them out anew when a group that they may name changed.
func (c *Compiler) updatePlatform(platform *map[string]string, groups map[string][]string, next *Policy) {
	if platform != nil {
		c.written.Platform = *platform
	} else if len(groups) == 0 && c.faults[PlatformAccount] == nil {
		return
	}
	var faults []Fault
	fault := func(field, problem, cure string) {
		faults = append(faults, Fault{Key: PlatformAccount, Field: field, Problem: problem, Cure: cure})
	}
	own := &ownAccount{}
	own.rules = parseRules(c.plan, PlatformAccount, c.written.Platform, &own.settings, fault)
	own.build(PlatformAccount, &c.groups, fault)
	delete(c.faults, PlatformAccount)
	if len(faults) > 0 {
		sortFaults(faults)
		c.faults[PlatformAccount] = faults
		return
	}
	next.platform, c.good.Platform = own.set, c.written.Platform
}

func (c *Compiler) updateBinds(binds map[string]map[string]string, next *Policy) {
	editor := edit[*Bind]{shards: &next.binds}
	for systemID, hash := range binds {
		delete(c.faults, bindKey(systemID))
		if hash == nil {
			delete(c.written.Binds, systemID)
			delete(c.good.Binds, systemID)
			editor.delete(systemID)
			continue
		}
		c.written.Binds[systemID] = hash
		bind, faults := parseBind(systemID, hash)
		if len(faults) == 0 {
			c.good.Binds[systemID] = hash
			editor.set(systemID, bind)
			continue
		}
		c.faults[bindKey(systemID)] = faults
		if _, ok := next.binds.get(systemID); !ok {
			editor.set(systemID, closedBind(systemID))
		}
	}
}

// updateAccounts notes what is written for accounts and marks all whose form may change: they, those that are faulty
// and may now be right, and those below any of them.
func (c *Compiler) updateAccounts(accounts map[string]map[string]string, dirty map[string]bool) {
	for id, hash := range accounts {
		c.forget(id)
		dirty[id] = true
		if hash == nil {
			delete(c.written.Accounts, id)
			continue
		}
		c.written.Accounts[id] = hash
		if parent := hash["parent"]; parent != "" {
			mark(c.children, parent, id)
		}
	}
	for key, faults := range c.faults {
		if id, ok := cutAccountKey(key); ok && len(faults) > 0 {
			dirty[id] = true
		}
	}
	for queue := slices.Collect(maps.Keys(dirty)); len(queue) > 0; queue = queue[1:] {
		for child := range c.children[queue[0]] {
			if !dirty[child] {
				dirty[child] = true
				queue = append(queue, child)
			}
		}
	}
}

// forget takes an account out of the indexes of what is written for it.
func (c *Compiler) forget(id string) {
	delete(c.children[c.written.Accounts[id]["parent"]], id)
}

func mark(index map[string]map[string]bool, key, id string) {
	if index[key] == nil {
		index[key] = map[string]bool{}
	}
	index[key][id] = true
}

// relink brings the marked accounts up to date, parents before children.
func (c *Compiler) relink(dirty map[string]bool, next *Policy) {
	editor := edit[*Account]{shards: &next.accounts}
	done := map[string]bool{}
	for id := range dirty {
		c.bring(id, dirty, done, &editor)
	}
}

func (c *Compiler) bring(id string, dirty, done map[string]bool, editor *edit[*Account]) {
	if done[id] || !dirty[id] {
		return
	}
	done[id] = true
	delete(c.faults, accountKey(id))
	hash, ok := c.written.Accounts[id]
	if !ok {
		c.remove(id, editor)
		return
	}
	if parent := hash["parent"]; parent != "" {
		c.bring(parent, dirty, done, editor)
	}
	s := c.slots[id]
	if s == nil {
		s = &slot{}
		c.slots[id] = s
	}
	if faults := c.renew(id, hash, s); len(faults) > 0 {
		c.faults[accountKey(id)] = faults
	}
	editor.set(id, s.current(id))
}

// current is the account as it decides: the last good form, or one that refuses all.
func (s *slot) current(id string) *Account {
	if s.link == nil {
		return &Account{id: id}
	}
	return s.link
}

func (c *Compiler) remove(id string, editor *edit[*Account]) {
	for _, name := range c.slots[id].groups() {
		delete(c.users[name], id)
	}
	delete(c.slots, id)
	delete(c.good.Accounts, id)
	editor.delete(id)
}

func (s *slot) groups() []string {
	if s == nil || s.own == nil {
		return nil
	}
	return s.own.groups
}

// renew parses and links an account; with a fault, it stays as it was.
func (c *Compiler) renew(id string, hash map[string]string, s *slot) []Fault {
	own, faults := parseAccount(c.plan, id, hash, &c.groups)
	for _, name := range own.groups {
		mark(c.users, name, id)
	}
	above, fault := c.above(id, hash["parent"])
	if fault != nil {
		faults = append(faults, *fault)
	}
	if len(faults) > 0 {
		return faults
	}
	s.own, s.link = own, linkAccount(id, own, above)
	c.good.Accounts[id] = hash
	return nil
}

// maxDepth bounds how many accounts may stand above one another.
const maxDepth = 64

// above returns the account that parent names, or the fault with it.
func (c *Compiler) above(id, parent string) (*Account, *Fault) {
	if parent == "" {
		return nil, nil
	}
	fault := Fault{Key: accountKey(id), Field: "parent"}
	for depth, at := 0, parent; at != ""; depth, at = depth+1, c.written.Accounts[at]["parent"] {
		if at == id {
			fault.Problem, fault.Cure = "a cycle: the account stands above itself", "HDEL the parent of one of them"
			return nil, &fault
		}
		if depth == maxDepth {
			fault.Problem = fmt.Sprintf("over %d accounts above one another, or a cycle", maxDepth)
			fault.Cure = "name a higher account as the parent"
			return nil, &fault
		}
	}
	if _, ok := c.written.Accounts[parent]; !ok {
		fault.Problem, fault.Cure = fmt.Sprintf("there is no account %q", parent), "create it, or HDEL parent"
		return nil, &fault
	}
	s := c.slots[parent]
	if s == nil || s.link == nil {
		fault.Problem, fault.Cure = fmt.Sprintf("account %q was never right", parent), "mend the faults of the parent"
		return nil, &fault
	}
	return s.link, nil
}

func (c *Compiler) allFaults() []Fault {
	var list []Fault
	for _, faults := range c.faults {
		list = append(list, faults...)
	}
	sortFaults(list)
	return list
}
