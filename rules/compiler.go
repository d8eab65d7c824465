package rules

import (
	"maps"

	"geogate/rules/numplan"
)

// Compiler turns what is written into policies, one after the other, and remembers the last good form of each
// account, group, bind and of the platform: what does not parse changes nothing but the list of faults. It is
// for one goroutine; the policies it makes are for all.
type Compiler struct {
	plan     *numplan.Plan
	policy   *Policy // the latest
	slots    map[string]*slot
	children index // ids by the parent that is written for them, and by that of their last good form
	users    index // ids by the groups that the rules of either form name
	ghosts   map[string]bool
	platform formed
	groups   groupTable
	dials    dialTable
	written  Written // the latest of everything, right or wrong
	good     Written // the last good of everything
	faults   map[string][]Fault
}

// NewCompiler starts with nothing written.
func NewCompiler(plan *numplan.Plan) *Compiler {
	return &Compiler{
		plan: plan, slots: map[string]*slot{}, children: index{}, users: index{}, ghosts: map[string]bool{},
		groups: groupTable{map[string][]Match{}}, dials: dialTable{}, written: emptyWritten(), good: emptyWritten(),
		faults: map[string][]Fault{},
	}
}

func emptyWritten() Written {
	return Written{
		Accounts: map[string]map[string]string{}, Platform: map[string]string{},
		Binds: map[string]map[string]string{}, Groups: map[string][]string{},
		Upstreams: map[string]map[string]string{},
	}
}

// Compile compiles a policy in one go.
func Compile(plan *numplan.Plan, w Written) (*Policy, []Fault) { return NewCompiler(plan).Replace(w) }

// Replace makes w the whole of what is written. The policy is the same one as before when nothing differs.
func (c *Compiler) Replace(w Written) (*Policy, []Fault) { return c.Update(c.Changes(w)) }

// Changes returns what differs between w and what is written so far.
func (c *Compiler) Changes(w Written) Update { return changes(c.written, w) }

// Written returns the last good form of everything: what the policy was made of. Its hashes must not be
// changed.
func (c *Compiler) Written() Written {
	return Written{
		Accounts: maps.Clone(c.good.Accounts), Platform: c.good.Platform,
		Binds: maps.Clone(c.good.Binds), Groups: maps.Clone(c.good.Groups),
		Upstreams: maps.Clone(c.good.Upstreams),
	}
}

// Update takes in what was written anew, all of it at once, and returns the policy and all faults that there
// are now, old and new. What it costs follows what changed.
func (c *Compiler) Update(u Update) (*Policy, []Fault) {
	if c.policy != nil && u.Len() == 0 {
		return c.policy, c.policy.faults
	}
	next := c.nextPolicy()
	regrouped := c.updateGroups(u.Groups, next)
	c.updatePlatform(u.Platform, u.Groups, next)
	c.updateBinds(u.Binds, next)
	c.updateUpstreams(u.Upstreams, next)
	c.updateAccounts(u.Accounts, regrouped, next)
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
		return &Policy{plan: c.plan, dial: dial, pair: nanpPair(), revision: 1, platform: newRuleset(nil, nil)}
	}
	next := *c.policy
	next.revision++
	return &next
}

// updateGroups takes in groups and returns the accounts whose rules name them.
func (c *Compiler) updateGroups(groups map[string][]string, next *Policy) map[string]bool {
	regrouped := map[string]bool{}
	if len(groups) == 0 {
		return regrouped
	}
	for name, members := range groups {
		c.updateGroup(name, members)
		maps.Copy(regrouped, c.users[name])
	}
	next.groups = maps.Clone(c.good.Groups)
	return regrouped
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

// updatePlatform takes in the platform's rules, and lays them out anew when a group that they may name
// changed.
func (c *Compiler) updatePlatform(platform *map[string]string, groups map[string][]string, next *Policy) {
	if platform == nil && len(groups) == 0 {
		return
	}
	if platform != nil {
		c.written.Platform = *platform
		c.platform.read(parsePlatform(c.plan, *platform, c.platform.latest()))
	}
	delete(c.faults, PlatformAccount)
	faults := c.platform.layOut(PlatformAccount, &c.groups, true)
	if len(faults) == 0 && c.platform.parsed != nil {
		c.platform.own, c.good.Platform = c.platform.parsed, c.written.Platform
	} else if len(faults) > 0 {
		c.faults[PlatformAccount] = faults
	}
	switch {
	case c.platform.own != nil:
		next.platform = c.platform.own.set
	case len(faults) > 0:
		next.platform = nil // its locks are not known: nothing may pass that they might stop
	}
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

func (c *Compiler) allFaults() []Fault {
	var list []Fault
	for _, faults := range c.faults {
		for _, f := range faults {
			list = append(list, f.plain())
		}
	}
	sortFaults(list)
	return list
}
