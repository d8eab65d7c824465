package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Written is a whole policy as it stands in Redis, with the key prefix taken off: hashes by account id and
// system_id, sets by group name.
type Written struct {
	Accounts map[string]map[string]string
	Platform map[string]string
	Binds    map[string]map[string]string
	Groups   map[string][]string

	// Upstreams are orders about the addresses of message centres, by the name of the message centre: address
	// to Aside.
	Upstreams map[string]map[string]string
}

// Update is a part of a policy that was written anew. What it does not name stays.
type Update struct {
	Accounts map[string]map[string]string // nil hash: deleted
	Platform *map[string]string           // nil: unchanged
	Binds    map[string]map[string]string // nil hash: deleted
	Groups   map[string][]string          // nil: deleted

	Upstreams map[string]map[string]string // nil hash: deleted
}

// Len counts the keys of the update.
func (u Update) Len() int {
	n := len(u.Accounts) + len(u.Binds) + len(u.Groups) + len(u.Upstreams)
	if u.Platform != nil {
		n++
	}
	return n
}

// changes returns the update that turns from into to.
func changes(from, to Written) Update {
	u := Update{
		Accounts: changedHashes(from.Accounts, to.Accounts),
		Binds:    changedHashes(from.Binds, to.Binds),
		Groups:   map[string][]string{},

		Upstreams: changedHashes(from.Upstreams, to.Upstreams),
	}
	if !maps.Equal(from.Platform, to.Platform) {
		platform := to.Platform
		u.Platform = &platform
	}
	for name, members := range to.Groups {
		if was, ok := from.Groups[name]; !ok || !sameMembers(was, members) {
			u.Groups[name] = slices.Clip(append([]string{}, members...))
		}
	}
	for name := range from.Groups {
		if _, ok := to.Groups[name]; !ok {
			u.Groups[name] = nil
		}
	}
	return u
}

func changedHashes(from, to map[string]map[string]string) map[string]map[string]string {
	changed := map[string]map[string]string{}
	for id, hash := range to {
		if was, ok := from[id]; !ok || !maps.Equal(was, hash) {
			changed[id] = orEmpty(hash)
		}
	}
	for id := range from {
		if _, ok := to[id]; !ok {
			changed[id] = nil
		}
	}
	return changed
}

// orEmpty keeps a hash without fields apart from one that was deleted.
func orEmpty(hash map[string]string) map[string]string {
	if hash == nil {
		return map[string]string{}
	}
	return hash
}

// sameMembers compares two sets given as lists.
func sameMembers(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// Fault is something written that cannot be used. Whatever it stands in keeps what it last was when it was
// right.
type Fault struct {
	Key     string // "account:acme", "platform", "bind:acme", "group:high-risk", "upstream:default"
	Field   string // of the hash, or the member of the set; empty: the whole
	Problem string
	Cure    string
}

// Unreadable is the one field, or the one member, of a key that holds another type than it must: nothing that can
// be written is named so.
const Unreadable = "!unreadable"

// plain words the fault of a key of the wrong type, which its parser can only see as an odd field.
func (f Fault) plain() Fault {
	if f.Field != Unreadable {
		return f
	}
	want := "a hash"
	if strings.HasPrefix(f.Key, groupKey("")) {
		want = "a set"
	}
	return Fault{
		Key: f.Key, Problem: "the key does not hold " + want,
		Cure: "look at it with TYPE, then DEL it and write it anew",
	}
}

// Error describes the fault and its cure on one line.
func (f Fault) Error() string {
	where := f.Key
	if f.Field != "" {
		where = fmt.Sprintf("%s, field %q", f.Key, f.Field)
	}
	if f.Cure == "" {
		return where + ": " + f.Problem
	}
	return where + ": " + f.Problem + "; " + f.Cure
}
