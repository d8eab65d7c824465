package store

import (
	"errors"
	"maps"
	"slices"

	"geogate/rules"
)

// Edit is one change of the policy: all of its operations or none, with one entry in the log.
type Edit struct {
	By  string // who, for the log
	Why string // for the log; may be empty
	// Undoes is the entry of the log that the edit takes back; empty: none.
	Undoes string
	Ops    []Op
	// Base is what the keys of the edit must still hold, as the one who made the edit saw it; nil: whatever
	// they hold.
	Base *rules.Written
}

// Op is one operation of an Edit on one key. The functions below make them.
type Op struct {
	verb    verb
	key     string
	fields  map[string]string
	members []string
}

type verb uint8

const (
	setFields verb = iota
	unsetFields
	createHash
	deleteKey
	setMembers
	addMembers
	removeMembers
)

// Set writes one field of an account, a bind or the platform. The account or bind must exist.
func Set(key, field, value string) Op {
	return Op{verb: setFields, key: key, fields: map[string]string{field: value}}
}

// Unset removes fields. The last field of an account or bind cannot be removed: that would delete it.
func Unset(key string, fields ...string) Op {
	op := Op{verb: unsetFields, key: key, fields: map[string]string{}}
	for _, field := range fields {
		op.fields[field] = ""
	}
	return op
}

// Create writes a new account or bind, with at least one field: Redis holds no empty hash.
func Create(key string, fields map[string]string) Op {
	return Op{verb: createHash, key: key, fields: maps.Clone(fields)}
}

// Delete removes an account, a bind, a group or all rules of the platform.
func Delete(key string) Op { return Op{verb: deleteKey, key: key} }

// SetMembers makes a group hold exactly these members.
func SetMembers(key string, members ...string) Op {
	return Op{verb: setMembers, key: key, members: sortedSet(members)}
}

// AddMembers adds members to a group, which need not exist.
func AddMembers(key string, members ...string) Op {
	return Op{verb: addMembers, key: key, members: sortedSet(members)}
}

// RemoveMembers takes members out of a group. The last one cannot be taken out.
func RemoveMembers(key string, members ...string) Op {
	return Op{verb: removeMembers, key: key, members: sortedSet(members)}
}

// Key names the key that the operation changes, as "account:acme".
func (o Op) Key() string { return o.key }

// Errors of an Edit; test with errors.Is.
var (
	ErrMissing = errors.New("it does not exist")
	ErrExists  = errors.New("it exists already")
	ErrChanged = errors.New("it was changed meanwhile: look again and repeat")
)

var errLast = errors.New("nothing would be left of it, and so it would be gone: delete it, if that is meant")

// editError says that an edit makes no sense, as opposed to that it could not be made.
type editError struct {
	key string
	err error
}

func (e *editError) Error() string { return e.key + ": " + e.err.Error() }
func (e *editError) Unwrap() error { return e.err }

// On returns the policy as it would be after the edit: a dry run.
func (e Edit) On(w rules.Written) (rules.Written, error) {
	c := contentOf(w)
	if _, err := e.change(c); err != nil {
		return rules.Written{}, err
	}
	return c.written(), nil
}

// entry is the edit's in the log.
func (e Edit) entry(generation int64, changes []Change) LogEntry {
	return LogEntry{By: e.By, Why: e.Why, Undoes: e.Undoes, Generation: generation, Changes: changes}
}

// keys lists the keys of the edit, each once.
func (e Edit) keys() []string {
	var keys []string
	for _, op := range e.Ops {
		keys = append(keys, op.key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// change applies the edit to a content that holds at least its keys, and lists what changed.
func (e Edit) change(c content) ([]Change, error) {
	var base content
	if e.Base != nil {
		base = contentOf(*e.Base)
	}
	before := content{}
	for _, key := range e.keys() {
		if before[key] = c[key]; e.Base != nil && !c[key].equal(base[key]) {
			return nil, &editError{key, ErrChanged}
		}
	}
	for _, op := range e.Ops {
		after, err := op.apply(c[op.key])
		if err != nil {
			return nil, &editError{op.key, err}
		}
		c.put(op.key, after)
	}
	var changes []Change
	for _, key := range e.keys() {
		changes = append(changes, changesOf(key, before[key], c[key])...)
	}
	return changes, nil
}

// apply returns the value after the operation. An empty value is a key that does not exist.
func (o Op) apply(v value) (value, error) {
	if err := o.check(v); err != nil {
		return value{}, err
	}
	hash := maps.Clone(v.hash)
	if hash == nil {
		hash = map[string]string{}
	}
	switch o.verb {
	case setFields, createHash:
		maps.Copy(hash, o.fields)
		return value{hash: hash}, nil
	case unsetFields:
		for field := range o.fields {
			delete(hash, field)
		}
		if len(hash) == 0 && o.key != platformKey {
			return value{}, errLast
		}
		return value{hash: hash}, nil
	case setMembers:
		return value{members: o.members}, nil
	case addMembers:
		return value{members: sortedSet(slices.Concat(v.members, o.members))}, nil
	case removeMembers:
		left := slices.DeleteFunc(slices.Clone(v.members), func(member string) bool {
			return slices.Contains(o.members, member)
		})
		if len(left) == 0 {
			return value{}, errLast
		}
		return value{members: left}, nil
	}
	return value{}, nil
}

// check refuses what makes no sense for the key or for what it holds.
func (o Op) check(v value) error {
	ofGroup := o.verb >= setMembers
	switch {
	case !isPolicy(o.key):
		return errors.New("no key of the policy: account:ID, bind:SYSTEM_ID, group:NAME, upstream:NAME and platform are")
	case v.equal(unreadableValue(o.key)) && o.verb != deleteKey:
		return errWrongType
	case o.verb != deleteKey && ofGroup != isGroup(o.key):
		return errors.New("members are for groups, and fields for all else")
	case o.verb == createHash && !v.empty():
		return ErrExists
	case o.verb == createHash && len(o.fields) == 0:
		return errors.New("it needs at least one field")
	case (o.verb == setMembers || o.verb == addMembers) && len(o.members) == 0 && v.empty():
		return errors.New("it needs at least one member")
	case o.verb == setMembers && len(o.members) == 0:
		return errors.New("it needs at least one member: delete it, if that is meant")
	}
	creates := o.verb == createHash || o.verb == setMembers || o.verb == addMembers || o.key == platformKey
	if v.empty() && !creates {
		return ErrMissing
	}
	return nil
}

// Deletes reports whether the operation removes the key as a whole.
func (o Op) Deletes() bool { return o.verb == deleteKey }
