package rules

import (
	"fmt"
	"maps"
	"slices"
)

// slot is one account. An account that is not right keeps its last good form, but what stands above that form
// is as it is now: suspension and locks reach it either way.
type slot struct {
	formed
	parent  string   // that the last good form names
	link    *Account // the last good form with the chain above it as it is now
	deleted bool     // a ghost: kept for the last good forms of others, who stand below it
}

// current is the account as it decides: by its last good form, or one that refuses all.
func (s *slot) current(id string) *Account {
	if s.link == nil || s.deleted {
		return &Account{id: id}
	}
	return s.link
}

// updateAccounts takes in accounts, and brings all up to date that this, or a change of their groups,
// concerns.
func (c *Compiler) updateAccounts(accounts map[string]map[string]string, regrouped map[string]bool, next *Policy) {
	dirty := maps.Clone(regrouped)
	for id, hash := range accounts {
		dirty[id] = true
		c.write(id, hash)
	}
	c.addDescendants(dirty)
	l := linking{Compiler: c, dirty: dirty, faults: map[string][]Fault{}}
	for id := range dirty {
		if s := c.slots[id]; s != nil {
			if faults := s.layOut(accountKey(id), &c.groups, regrouped[id]); len(faults) > 0 {
				l.faults[id] = faults
			}
		}
	}
	l.accept()
	l.link(next)
	c.dropGhosts()
}

// write notes what is written for an account.
func (c *Compiler) write(id string, hash map[string]string) {
	s := c.slots[id]
	if s == nil {
		if hash == nil {
			return
		}
		s = &slot{deleted: true}
		c.slots[id] = s
	}
	c.unlist(id, s)
	if hash == nil {
		delete(c.written.Accounts, id)
		s.read(nil, nil)
		s.deleted, c.ghosts[id] = true, true
	} else {
		c.written.Accounts[id] = hash
		own, faults := parseAccount(c.plan, id, hash, s.latest())
		own.dial = c.dials.shared(&own.settings.dial, own.dial)
		s.read(own, faults)
	}
	c.list(id, s)
}

// list puts an account under its parents and groups, those of the written and of the last good form; unlist
// takes it away.
func (c *Compiler) list(id string, s *slot) {
	for _, parent := range c.parents(id, s) {
		c.children.add(parent, id)
	}
	for _, name := range s.groups() {
		c.users.add(name, id)
	}
}

func (c *Compiler) unlist(id string, s *slot) {
	for _, parent := range c.parents(id, s) {
		c.children.remove(parent, id)
	}
	for _, name := range s.groups() {
		c.users.remove(name, id)
	}
}

func (c *Compiler) parents(id string, s *slot) []string {
	return slices.DeleteFunc([]string{c.written.Accounts[id]["parent"], s.parent}, func(p string) bool { return p == "" })
}

// addDescendants adds all that stand below one of the ids, in either form.
func (c *Compiler) addDescendants(ids map[string]bool) {
	for queue := slices.Collect(maps.Keys(ids)); len(queue) > 0; queue = queue[1:] {
		for child := range c.children[queue[0]] {
			if !ids[child] {
				ids[child] = true
				queue = append(queue, child)
			}
		}
	}
}

// linking is one update of accounts under way.
type linking struct {
	*Compiler
	dirty    map[string]bool
	faults   map[string][]Fault // of dirty accounts
	accepted map[string]bool    // whether the written form of a dirty account is good
}

// accept decides which of the written forms are good, and makes them the last good ones. An account may be
// right by itself and still close a cycle with the last good form of one that is not: it waits.
func (l *linking) accept() {
	for again := true; again; {
		l.accepted = map[string]bool{}
		for id := range l.dirty {
			l.good(id)
		}
		again = l.refuseCycles()
	}
	for id, ok := range l.accepted {
		if s := l.slots[id]; ok {
			l.unlist(id, s)
			s.own, s.parent, s.deleted = s.parsed, l.written.Accounts[id]["parent"], false
			l.Compiler.good.Accounts[id] = l.written.Accounts[id]
			l.list(id, s)
		}
	}
}

// good reports whether the written form of an account is: it, and the parent that it names.
func (l *linking) good(id string) bool {
	if ok, known := l.accepted[id]; known {
		return ok
	}
	l.accepted[id] = false
	hash, ok := l.written.Accounts[id]
	if !ok || !l.dirty[id] || len(l.faults[id]) > 0 {
		return false
	}
	if fault := l.parentFault(id, hash["parent"]); fault != nil {
		l.faults[id] = append(l.faults[id], *fault)
		return false
	}
	l.accepted[id] = true
	return true
}

// maxDepth bounds how many accounts may stand above one another.
const maxDepth = 64

// parentFault is what is wrong with the parent that an account names; nil: nothing.
func (l *linking) parentFault(id, parent string) *Fault {
	fault := func(problem, cure string) *Fault {
		return &Fault{Key: accountKey(id), Field: "parent", Problem: problem, Cure: cure}
	}
	for depth, at := 0, parent; at != ""; depth, at = depth+1, l.written.Accounts[at]["parent"] {
		if at == id {
			return fault("a cycle: the account stands above itself", "HDEL the parent of one of them")
		}
		if depth == maxDepth {
			return fault(fmt.Sprintf("over %d accounts above one another, or a cycle", maxDepth), "name a higher account as the parent")
		}
	}
	if parent == "" {
		return nil
	}
	if _, ok := l.written.Accounts[parent]; !ok {
		return fault(fmt.Sprintf("there is no account %q", parent), "create it, or HDEL parent")
	}
	if above := l.slots[parent]; (above.own == nil || above.deleted) && !l.good(parent) {
		return fault(fmt.Sprintf("account %q was never right", parent), "mend the faults of the parent")
	}
	return nil
}

// refuseCycles refuses the accounts that would close a cycle with the last good forms of others, and reports
// whether there were any.
func (l *linking) refuseCycles() bool {
	var closing []string
	for id, ok := range l.accepted {
		if ok && l.standsAbove(id, id) {
			closing = append(closing, id)
		}
	}
	for _, id := range closing {
		l.faults[id] = append(l.faults[id], Fault{
			Key: accountKey(id), Field: "parent", Problem: "a cycle with an account that keeps its last good form",
			Cure: "mend the faults of the accounts above",
		})
	}
	return len(closing) > 0
}

// standsAbove reports whether high would stand above low.
func (l *linking) standsAbove(high, low string) bool {
	seen := map[string]bool{}
	for at := l.parentOf(low); at != "" && !seen[at]; at = l.parentOf(at) {
		if at == high {
			return true
		}
		seen[at] = true
	}
	return false
}

// parentOf is the parent of an account once the accepted forms are in force.
func (l *linking) parentOf(id string) string {
	if l.accepted[id] {
		return l.written.Accounts[id]["parent"]
	}
	if s := l.slots[id]; s != nil {
		return s.parent
	}
	return ""
}

// link joins every dirty account to those above it, and puts it into the policy.
func (l *linking) link(next *Policy) {
	editor := edit[*Account]{shards: &next.accounts}
	linked := map[string]bool{}
	for id := range l.dirty {
		s := l.slots[id]
		delete(l.Compiler.faults, accountKey(id))
		if faults := l.faults[id]; len(faults) > 0 {
			l.Compiler.faults[accountKey(id)] = faults
		}
		if s != nil {
			l.join(id, s, linked)
		}
		if _, ok := l.written.Accounts[id]; ok {
			editor.set(id, s.current(id))
			continue
		}
		delete(l.Compiler.good.Accounts, id)
		editor.delete(id)
	}
}

// join links an account, the one above it first.
func (l *linking) join(id string, s *slot, linked map[string]bool) {
	if linked[id] || s.own == nil {
		return
	}
	linked[id] = true
	above := l.slots[s.parent]
	if above == nil {
		s.link = linkAccount(id, s.own, nil)
		return
	}
	if l.dirty[s.parent] {
		l.join(s.parent, above, linked)
	}
	s.link = linkAccount(id, s.own, above.link)
}

// dropGhosts forgets deleted accounts that no last good form stands below any more.
func (c *Compiler) dropGhosts() {
	for again := true; again; {
		again = false
		for id := range c.ghosts {
			s := c.slots[id]
			_, written := c.written.Accounts[id]
			switch {
			case !s.deleted: // it was created again
				delete(c.ghosts, id)
			case !written && !c.hasChild(id):
				c.unlist(id, s)
				delete(c.slots, id)
				delete(c.ghosts, id)
				again = true // the one above it may have been kept for it alone
			}
		}
	}
}

func (c *Compiler) hasChild(id string) bool {
	for child := range c.children[id] {
		if c.slots[child].parent == id {
			return true
		}
	}
	return false
}
