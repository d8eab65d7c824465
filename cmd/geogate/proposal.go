package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"geogate/config/store"
	"geogate/rules"
	"geogate/rules/numplan"
)

// proposal is a changed policy beside the one in force, both compiled by the engine that decides.
type proposal struct {
	from, to      rules.Written
	before, after *rules.Policy
	changes       []store.Change
	faults        []rules.Fault   // that the change would bring in
	findings      []rules.Finding // of lint, likewise
	effects       []effect
	untried       int      // accounts that the effects leave out, where a change reaches very many
	risks         []string // members of @high-risk that it opens, and for whom
}

func newProposal(from, to rules.Written, now time.Time) *proposal {
	p := compileProposal(from, to)
	p.findings = without(lint(to, now, p.edited()...), lint(from, now, p.edited()...))
	if len(p.faults) == 0 {
		x := newExperiment(p, now)
		p.effects, p.untried = x.effects()
		p.risks = x.risks()
	}
	return p
}

// compileProposal is a proposal without what it does to sample numbers, and without lint.
func compileProposal(from, to rules.Written) *proposal {
	p := &proposal{from: from, to: to, changes: changesOf(from, to)}
	compiler := rules.NewCompiler(numplan.Default())
	var known, faults []rules.Fault
	p.before, known = compiler.Replace(from)
	p.after, faults = compiler.Replace(to)
	p.faults = without(faults, known)
	return p
}

// edited lists the accounts that the change edits.
func (p *proposal) edited() []string {
	var ids []string
	for _, c := range p.changes {
		if id, ok := strings.CutPrefix(c.Key, store.AccountKey("")); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// lint looks at a few accounts, the platform and the groups, and not at thousands of accounts beside them.
func lint(w rules.Written, now time.Time, ids ...string) []rules.Finding {
	few := rules.Written{Accounts: map[string]map[string]string{}, Groups: w.Groups, Platform: w.Platform}
	for _, id := range ids {
		if hash, ok := w.Accounts[id]; ok {
			alone := maps.Clone(hash)
			delete(alone, "parent")
			few.Accounts[id] = alone
		}
	}
	policy, _ := rules.Compile(numplan.Default(), few)
	return policy.Lint(now)
}

// without returns what list holds and known does not.
func without[T comparable](list, known []T) []T {
	var fresh []T
	for _, one := range list {
		if !slices.Contains(known, one) {
			fresh = append(fresh, one)
		}
	}
	return fresh
}

// refusal is why the proposal must not be written: it would put something there that cannot be in force.
func (p *proposal) refusal() error {
	if len(p.faults) == 0 {
		return nil
	}
	faults := []error{errors.New("nothing was changed")}
	for _, fault := range p.faults {
		faults = append(faults, fault)
	}
	return errors.Join(faults...)
}

// print shows what changes and what it does.
func (p *proposal) print(w *world) {
	printChanges(w, "from", "to", p.changes)
	for _, e := range p.effects {
		fmt.Fprintln(w.out, "Effect:", e)
	}
	if p.untried > 0 {
		fmt.Fprintf(w.out, "Effect: %d further accounts were not tried.\n", p.untried)
	} else if len(p.effects) == 0 && judges(p.changes) {
		fmt.Fprintln(w.out, "Effect: none now on any sample number. geogate check --explain tells what decides.")
	}
	for _, finding := range p.findings {
		fmt.Fprintln(w.out, "Note:", finding)
	}
}

// cloneWritten copies a policy as written, so that the copy can be edited.
func cloneWritten(w rules.Written) rules.Written {
	c := rules.Written{
		Accounts: make(map[string]map[string]string, len(w.Accounts)), Platform: maps.Clone(w.Platform),
		Binds: make(map[string]map[string]string, len(w.Binds)), Groups: make(map[string][]string, len(w.Groups)),
		Upstreams: make(map[string]map[string]string, len(w.Upstreams)),
	}
	for id, hash := range w.Accounts {
		c.Accounts[id] = maps.Clone(hash)
	}
	for id, hash := range w.Binds {
		c.Binds[id] = maps.Clone(hash)
	}
	for name, hash := range w.Upstreams {
		c.Upstreams[name] = maps.Clone(hash)
	}
	for name, members := range w.Groups {
		c.Groups[name] = slices.Clone(members)
	}
	if c.Platform == nil {
		c.Platform = map[string]string{}
	}
	return c
}
