// Package proposal is a change of the policy before it is made: both policies compiled by the engine that decides,
// what would differ, for whom, and which of that is a risk.
package proposal

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"geogate/config/store"
	"geogate/rules"
	"geogate/rules/numplan"
)

// Proposal is a changed policy beside the one in force, both compiled by the engine that decides.
type Proposal struct {
	From, To      rules.Written
	Before, After *rules.Policy
	Changes       []store.Change
	Faults        []rules.Fault   // that the change would bring in
	Findings      []rules.Finding // of lint, likewise
	Effects       []Effect
	Untried       int      // accounts that the effects leave out, where a change reaches very many
	Risks         []string // members of @high-risk that it opens, and for whom
}

// New is the proposal to turn one policy into another, with what that would do.
func New(from, to rules.Written, now time.Time) *Proposal {
	p := Compile(from, to)
	p.Findings = without(Lint(to, now, p.edited()...), Lint(from, now, p.edited()...))
	if len(p.Faults) == 0 {
		x := newExperiment(p, now)
		p.Effects, p.Untried = x.effects()
		p.Risks = x.risks()
	}
	return p
}

// Assess is a proposal with its faults and risks alone: all that decides whether it may be made.
func Assess(from, to rules.Written, now time.Time) *Proposal {
	p := Compile(from, to)
	if len(p.Faults) == 0 {
		p.Risks = newExperiment(p, now).risks()
	}
	return p
}

// Compile is a proposal without what it does to sample numbers, and without lint.
func Compile(from, to rules.Written) *Proposal {
	p := &Proposal{From: from, To: to, Changes: Changes(from, to)}
	compiler := rules.NewCompiler(numplan.Default())
	var known, faults []rules.Fault
	p.Before, known = compiler.Replace(from)
	p.After, faults = compiler.Replace(to)
	p.Faults = without(faults, known)
	return p
}

// edited lists the accounts that the change edits.
func (p *Proposal) edited() []string {
	var ids []string
	for _, c := range p.Changes {
		if id, ok := strings.CutPrefix(c.Key, store.AccountKey("")); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// Lint looks at a few accounts, the platform and the groups, and not at thousands of accounts beside them.
func Lint(w rules.Written, now time.Time, ids ...string) []rules.Finding {
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

// Refusal is why the proposal must not be written: it would put something there that cannot be in force.
func (p *Proposal) Refusal() error {
	if len(p.Faults) == 0 {
		return nil
	}
	faults := []error{errors.New("nothing was changed")}
	for _, fault := range p.Faults {
		faults = append(faults, fault)
	}
	return errors.Join(faults...)
}

// Edit is the edit that makes the change. Where none was made before, the first brings the group @high-risk along,
// which brings tells.
func (p *Proposal) Edit(madeBefore bool) (e store.Edit, brings bool) {
	e = EditOf(p.From, p.To)
	if _, known := p.To.Groups[rules.HighRisk]; known || madeBefore {
		return e, false
	}
	e.Ops = append(e.Ops, store.SetMembers(store.GroupKey(rules.HighRisk), rules.HighRiskMembers...))
	return e, true
}

// Clone copies a policy as written, so that the copy can be edited.
func Clone(w rules.Written) rules.Written {
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
