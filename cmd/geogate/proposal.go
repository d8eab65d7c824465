package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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
	risks         []string // members of @high-risk that it opens, and for whom
}

func newProposal(from, to rules.Written, now time.Time) *proposal {
	p := &proposal{from: from, to: to, changes: changesOf(from, to)}
	compiler := rules.NewCompiler(numplan.Default())
	var known, faults []rules.Fault
	p.before, known = compiler.Replace(from)
	p.after, faults = compiler.Replace(to)
	p.faults = without(faults, known)
	p.findings = without(p.after.Lint(now), p.before.Lint(now))
	if len(p.faults) == 0 {
		x := newExperiment(p, now)
		p.effects, p.risks = x.effects(), x.risks()
	}
	return p
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
	if len(p.effects) == 0 {
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
	}
	for id, hash := range w.Accounts {
		c.Accounts[id] = maps.Clone(hash)
	}
	for id, hash := range w.Binds {
		c.Binds[id] = maps.Clone(hash)
	}
	for name, members := range w.Groups {
		c.Groups[name] = slices.Clone(members)
	}
	if c.Platform == nil {
		c.Platform = map[string]string{}
	}
	return c
}
