package proposal

import (
	"cmp"
	"maps"
	"slices"

	"geogate/config/store"
	"geogate/rules"
)

// EditOf is the edit that turns one policy into another, and refuses where somebody else was faster.
func EditOf(from, to rules.Written) store.Edit {
	e := store.Edit{Base: &from}
	e.Ops = append(e.Ops, hashOps(store.AccountKey, from.Accounts, to.Accounts)...)
	e.Ops = append(e.Ops, fieldOps(store.PlatformKey, from.Platform, to.Platform)...)
	e.Ops = append(e.Ops, hashOps(store.BindKey, from.Binds, to.Binds)...)
	e.Ops = append(e.Ops, hashOps(store.UpstreamKey, from.Upstreams, to.Upstreams)...)
	for _, name := range slices.Sorted(maps.Keys(to.Groups)) {
		if was, ok := from.Groups[name]; !ok || !slices.Equal(sorted(was), sorted(to.Groups[name])) {
			e.Ops = append(e.Ops, store.SetMembers(store.GroupKey(name), to.Groups[name]...))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(from.Groups)) {
		if _, ok := to.Groups[name]; !ok {
			e.Ops = append(e.Ops, store.Delete(store.GroupKey(name)))
		}
	}
	return e
}

func hashOps(key func(id string) string, from, to map[string]map[string]string) []store.Op {
	var ops []store.Op
	for _, id := range slices.Sorted(maps.Keys(to)) {
		if was, ok := from[id]; ok {
			ops = append(ops, fieldOps(key(id), was, to[id])...)
		} else {
			ops = append(ops, store.Create(key(id), to[id]))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(from)) {
		if _, ok := to[id]; !ok {
			ops = append(ops, store.Delete(key(id)))
		}
	}
	return ops
}

// fieldOps writes what is new before it takes away what is old: a hash must never be left empty on the way.
func fieldOps(key string, from, to map[string]string) []store.Op {
	var ops []store.Op
	for _, field := range slices.Sorted(maps.Keys(to)) {
		if was, ok := from[field]; !ok || was != to[field] {
			ops = append(ops, store.Set(key, field, to[field]))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(from)) {
		if _, ok := to[field]; !ok {
			ops = append(ops, store.Unset(key, field))
		}
	}
	return ops
}

// Changes lists every field and member in which two policies differ, in the form of the log. Passwords stay
// hidden.
func Changes(from, to rules.Written) []store.Change {
	var list []store.Change
	add := func(key string, was, is map[string]string) {
		for _, field := range sortedKeys(was, is) {
			old, had := was[field]
			if now, has := is[field]; old != now || had != has {
				list = append(list, store.Change{Key: key, Field: field, From: hidden(field, old), To: hidden(field, now)})
			}
		}
	}
	for _, id := range sortedKeys(from.Accounts, to.Accounts) {
		add(store.AccountKey(id), from.Accounts[id], to.Accounts[id])
	}
	add(store.PlatformKey, from.Platform, to.Platform)
	for _, id := range sortedKeys(from.Binds, to.Binds) {
		add(store.BindKey(id), from.Binds[id], to.Binds[id])
	}
	for _, name := range sortedKeys(from.Groups, to.Groups) {
		add(store.GroupKey(name), asFields(from.Groups[name]), asFields(to.Groups[name]))
	}
	for _, name := range sortedKeys(from.Upstreams, to.Upstreams) {
		add(store.UpstreamKey(name), from.Upstreams[name], to.Upstreams[name])
	}
	return list
}

// hidden hides the fields of a bind that must not be shown. No account has fields of these names.
func hidden(field, value string) string {
	if field == "password" || field == "upstream_password" {
		return rules.Secret(value).String()
	}
	return value
}

// asFields sees a set as fields that hold themselves, as the log does.
func asFields(members []string) map[string]string {
	fields := map[string]string{}
	for _, m := range members {
		fields[m] = m
	}
	return fields
}

func sortedKeys[V any](a, b map[string]V) []string {
	return slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, m := range []map[string]V{a, b} {
			for key := range m {
				if !yield(key) {
					return
				}
			}
		}
	}))
}

func sorted[T cmp.Ordered](list []T) []T { return slices.Sorted(slices.Values(list)) }
