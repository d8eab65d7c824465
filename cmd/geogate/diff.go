package main

import (
	"maps"
	"slices"
	"strings"

	"geogate/config/store"
	"geogate/rules"
)

// diffWritten lists every field and member in which two policies differ, by key and field.
func diffWritten(before, after rules.Written) []store.Change {
	was, is := flatten(before), flatten(after)
	keys := maps.Clone(was)
	maps.Copy(keys, is)
	var changes []store.Change
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		fields := maps.Clone(was[key])
		if fields == nil {
			fields = map[string]string{}
		}
		maps.Copy(fields, is[key])
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			if from, to := was[key][field], is[key][field]; from != to {
				changes = append(changes, masked(store.Change{Key: key, Field: field, From: from, To: to}))
			}
		}
	}
	return changes
}

// flatten is a policy by key; a member of a group is a field with itself as value.
func flatten(w rules.Written) map[string]map[string]string {
	all := map[string]map[string]string{}
	if len(w.Platform) > 0 {
		all[store.PlatformKey] = w.Platform
	}
	for id, hash := range w.Accounts {
		all[store.AccountKey(id)] = hash
	}
	for id, hash := range w.Binds {
		all[store.BindKey(id)] = hash
	}
	for name, members := range w.Groups {
		set := map[string]string{}
		for _, m := range members {
			set[m] = m
		}
		all[store.GroupKey(name)] = set
	}
	return all
}

// masked hides passwords.
func masked(c store.Change) store.Change {
	if strings.HasPrefix(c.Key, store.BindKey("")) && strings.HasSuffix(c.Field, "password") {
		c.From, c.To = rules.Secret(c.From).String(), rules.Secret(c.To).String()
	}
	return c
}
