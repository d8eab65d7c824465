package rules

// formed is what an account, or the platform, says: as it was written last, and as it was last good.
type formed struct {
	parsed *ownAccount // as written; nil: it does not parse
	faults []Fault     // of parsing it
	own    *ownAccount // as last good; nil: it never was
}

// read takes in what was written anew.
func (f *formed) read(parsed *ownAccount, faults []Fault) {
	f.parsed, f.faults = parsed, faults
	if len(faults) > 0 {
		f.parsed = nil
	}
}

// latest is the latest form that parses; nil: there was none.
func (f *formed) latest() *ownAccount {
	if f.parsed != nil {
		return f.parsed
	}
	return f.own
}

// layOut lays out what needs it and returns what is wrong with the written form. anew says that a group
// changed: then the last good form follows too, or a lock on a group would not grow for as long as a typo
// stands beside it.
func (f *formed) layOut(key string, groups *groupTable, anew bool) []Fault {
	if anew && f.own != nil && f.own != f.parsed && len(f.own.missingGroups(key, groups)) == 0 {
		f.own = f.own.laidOut(groups)
	}
	if f.parsed == nil {
		return f.faults
	}
	if missing := f.parsed.missingGroups(key, groups); len(missing) > 0 {
		return missing
	}
	if f.parsed.set != nil && !anew {
		return nil
	}
	now := f.parsed.laidOut(groups)
	if f.own == f.parsed {
		f.own = now
	}
	f.parsed = now
	return nil
}

// groups are those that either form names.
func (f *formed) groups() []string {
	var names []string
	for _, form := range []*ownAccount{f.parsed, f.own} {
		if form != nil {
			names = append(names, form.groups...)
		}
	}
	return names
}

// index says which ids belong to a key, a parent or a group for instance.
type index map[string]map[string]bool

func (x index) add(key, id string) {
	if x[key] == nil {
		x[key] = map[string]bool{}
	}
	x[key][id] = true
}

func (x index) remove(key, id string) {
	if delete(x[key], id); len(x[key]) == 0 {
		delete(x, key)
	}
}
