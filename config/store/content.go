package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"geogate/rules"
)

// content is a policy as it stands in Redis, by key with the prefix taken off. Values are never changed in
// place, so that copies may share them.
type content map[string]value

// value is one key: a hash, or the sorted members of a set.
type value struct {
	hash    map[string]string
	members []string
}

// unreadable stands in place of a key whose type is wrong: a field that no policy can hold. What compiles it
// finds the fault and keeps the last good rules, as for every other fault.
const unreadable = rules.Unreadable

func unreadableValue(key string) value {
	if isGroup(key) {
		return value{members: []string{unreadable}}
	}
	return value{hash: map[string]string{unreadable: unreadable}}
}

var errWrongType = errors.New("it holds a value of the wrong type: delete it and write it anew")

// findUnreadable names the keys that stand for a value of the wrong type.
func (c content) findUnreadable() error {
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(c)) {
		if c[key].equal(unreadableValue(key)) {
			faults = append(faults, fmt.Errorf("%s: %w", key, errWrongType))
		}
	}
	return errors.Join(faults...)
}

func (v value) empty() bool { return len(v.hash) == 0 && len(v.members) == 0 }

func (v value) equal(other value) bool {
	return maps.Equal(v.hash, other.hash) && slices.Equal(v.members, other.members)
}

// changed lists the keys in which the two differ.
func (c content) changed(next content) []string {
	var keys []string
	for key, v := range next {
		if was, ok := c[key]; !ok || !was.equal(v) {
			keys = append(keys, key)
		}
	}
	for key := range c {
		if _, ok := next[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// count counts the keys of a kind.
func (c content) count(kind func(key string) bool) int {
	n := 0
	for key := range c {
		if kind(key) {
			n++
		}
	}
	return n
}

// dropped counts the keys of a kind that next does not hold any more.
func (c content) dropped(next content, kind func(key string) bool) int {
	n := 0
	for key := range c {
		if _, ok := next[key]; !ok && kind(key) {
			n++
		}
	}
	return n
}

// put sets or, with an empty value, removes a key. Redis holds no empty hash or set either.
func (c content) put(key string, v value) {
	if v.empty() {
		delete(c, key)
		return
	}
	c[key] = v
}

// written gives the content in the form that package rules compiles.
func (c content) written() rules.Written {
	w := rules.Written{
		Accounts: map[string]map[string]string{},
		Binds:    map[string]map[string]string{},
		Groups:   map[string][]string{},

		Upstreams: map[string]map[string]string{},
	}
	for key, v := range c {
		kind, id, _ := strings.Cut(key, ":")
		switch kind + ":" {
		case accountPrefix:
			w.Accounts[id] = v.hash
		case bindPrefix:
			w.Binds[id] = v.hash
		case groupPrefix:
			w.Groups[id] = v.members
		case orderPrefix:
			w.Upstreams[id] = v.hash
		default:
			w.Platform = v.hash
		}
	}
	return w
}

// update gives the named keys in the form that package rules compiles; those that are not there were deleted.
func (c content) update(keys []string) rules.Update {
	u := rules.Update{
		Accounts: map[string]map[string]string{},
		Binds:    map[string]map[string]string{},
		Groups:   map[string][]string{},

		Upstreams: map[string]map[string]string{},
	}
	for _, key := range keys {
		v := c[key]
		kind, id, _ := strings.Cut(key, ":")
		switch kind + ":" {
		case accountPrefix:
			u.Accounts[id] = v.hash
		case bindPrefix:
			u.Binds[id] = v.hash
		case groupPrefix:
			u.Groups[id] = v.members
		case orderPrefix:
			u.Upstreams[id] = v.hash
		default:
			u.Platform = &v.hash
		}
	}
	return u
}

// contentOf is the inverse of written. Empty hashes and sets are left out, as in Redis.
func contentOf(w rules.Written) content {
	c := content{}
	c.put(platformKey, value{hash: w.Platform})
	for id, hash := range w.Accounts {
		c.put(accountPrefix+id, value{hash: hash})
	}
	for id, hash := range w.Binds {
		c.put(bindPrefix+id, value{hash: hash})
	}
	for name, members := range w.Groups {
		c.put(groupPrefix+name, value{members: sortedSet(members)})
	}
	for name, hash := range w.Upstreams {
		c.put(orderPrefix+name, value{hash: hash})
	}
	return c
}

func sortedSet(members []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(members)))
}
