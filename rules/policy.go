package rules

import (
	"hash/maphash"
	"maps"
	"slices"

	"geogate/rules/numplan"
)

// Policy is a whole policy, compiled. It is immutable and safe for all; the zero value and nil refuse
// everything.
type Policy struct {
	plan     *numplan.Plan
	dial     *numplan.Dial     // of accounts that do not exist
	pair     [2]numplan.Region // that need each other on +1
	revision uint64
	platform *ruleset // nil: what is written for it was never right
	accounts shards[*Account]
	binds    shards[*Bind]
	groups   map[string][]string
	asides   map[string]map[string]Aside // by message centre and address
	faults   []Fault
}

// usable reports whether the policy can decide at all: without the platform's rules, its locks are not known.
func (p *Policy) usable() bool { return p != nil && p.plan != nil && p.platform != nil }

// Revision counts the policies that this process has compiled, from 1.
func (p *Policy) Revision() uint64 {
	if p == nil {
		return 0
	}
	return p.revision
}

// Account returns an account; nil when there is none of that id.
func (p *Policy) Account(id string) *Account {
	if p == nil {
		return nil
	}
	a, _ := p.accounts.get(id)
	return a
}

// Accounts lists the ids of all accounts, sorted.
func (p *Policy) Accounts() []string {
	if p == nil {
		return nil
	}
	return p.accounts.keys()
}

// Bind returns the credential written for a system_id. Without one, and false, the account's id is the
// system_id and the message centre judges the password.
func (p *Policy) Bind(systemID string) (*Bind, bool) {
	if p == nil {
		return nil, false
	}
	return p.binds.get(systemID)
}

// Binds lists the system_ids that have a credential, sorted.
func (p *Policy) Binds() []string {
	if p == nil {
		return nil
	}
	return p.binds.keys()
}

// Faults lists what is written and cannot be used, by key and field. The caller must not change it.
func (p *Policy) Faults() []Fault {
	if p == nil {
		return nil
	}
	return p.faults
}

// shards is a map that is copied a piece at a time: a new version shares what did not change with the one
// before.
type shards[V any] struct{ maps [256]map[string]V }

// seed spreads keys over the shards, differently in each process: no one can aim at one of them.
var seed = maphash.MakeSeed()

func shardOf(key string) byte { return byte(maphash.String(seed, key)) }

func (s *shards[V]) get(key string) (V, bool) {
	v, ok := s.maps[shardOf(key)][key]
	return v, ok
}

func (s *shards[V]) keys() []string {
	var list []string
	for _, m := range s.maps {
		list = slices.AppendSeq(list, maps.Keys(m))
	}
	slices.Sort(list)
	return list
}

// edit makes a new version of shards.
type edit[V any] struct {
	shards *shards[V]
	copied [256]bool
}

func (e *edit[V]) shard(key string) map[string]V {
	i := shardOf(key)
	if !e.copied[i] {
		e.copied[i] = true
		if e.shards.maps[i] = maps.Clone(e.shards.maps[i]); e.shards.maps[i] == nil {
			e.shards.maps[i] = map[string]V{}
		}
	}
	return e.shards.maps[i]
}

func (e *edit[V]) set(key string, v V) { e.shard(key)[key] = v }
func (e *edit[V]) delete(key string)   { delete(e.shard(key), key) }
