package main

import (
	"context"
	"fmt"
	"strings"

	"geogate/config/admin/proposal"
	"geogate/config/store"
	"geogate/rules"
)

// changeFlags are those of every verb that changes permissions.
type changeFlags struct {
	redisFlags
	DryRun bool   `help:"Show what would change and what it would do; change nothing."`
	Yes    bool   `short:"y" help:"Confirm beforehand what would be asked."`
	By     string `help:"Who changes it, for the log (default: the user of this system)." placeholder:"WHO"`
	Why    string `help:"Why, for the log." placeholder:"TEXT"`
}

// change reads the policy, lets propose edit a copy of it, has the engine judge the copy, and writes the
// difference: one MULTI with its log entry. confirm is asked first where it is not empty.
func (f *changeFlags) change(
	ctx context.Context, w *world, confirm string, propose func(to *rules.Written) error,
) error {
	s, err := f.open()
	if err != nil {
		return err
	}
	defer s.Close()
	from, err := s.Load(ctx)
	if err != nil {
		return fmt.Errorf("reading the policy: %w", err)
	}
	to := proposal.Clone(from)
	if err := propose(&to); err != nil {
		return err
	}
	p := proposal.New(from, to, w.now())
	if len(p.Changes) == 0 {
		fmt.Fprintln(w.out, "Nothing to change: it is so already.")
		return nil
	}
	if err := p.Refusal(); err != nil {
		return err
	}
	printProposal(w, p)
	if f.DryRun {
		fmt.Fprintln(w.out, "Dry run: nothing was changed.")
		return nil
	}
	if err := f.confirm(w, confirm, p.Risks); err != nil {
		return err
	}
	return f.apply(ctx, w, s, p)
}

// apply writes the proposal. The first change that the tools make in a Redis brings the group @high-risk
// along.
func (f *changeFlags) apply(ctx context.Context, w *world, s *store.Store, p *proposal.Proposal) error {
	earlier, err := s.Log(ctx, 1)
	if err != nil {
		return fmt.Errorf("nothing was changed: reading the log: %w", err)
	}
	edit, first := p.Edit(len(earlier) > 0)
	edit.By, edit.Why = f.who(), f.Why
	if err := s.Apply(ctx, edit); err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	if first {
		fmt.Fprintf(w.out, "Made the group @%s of %s: it is yours to edit, with geogate group set.\n",
			rules.HighRisk, strings.Join(rules.HighRiskMembers, " "))
	}
	fmt.Fprintln(w.out, "Done.")
	return nil
}

// confirm asks what has to be asked: the question of the verb, and a second one for members of @high-risk.
func (f *changeFlags) confirm(w *world, question string, risks []string) error {
	if f.Yes {
		return nil
	}
	if question != "" {
		if err := ask(w, question); err != nil {
			return err
		}
	}
	if len(risks) > 0 {
		return ask(w, fmt.Sprintf("This opens members of @%s, where messages are pumped most: %s. Open them?",
			rules.HighRisk, printable(proposal.Some(risks, 12))))
	}
	return nil
}

// who is the name under which a change stands in the log.
func (f *changeFlags) who() string {
	if f.By != "" {
		return f.By
	}
	return operator()
}

// printProposal shows what changes and what it does.
func printProposal(w *world, p *proposal.Proposal) {
	printChanges(w, "from", "to", p.Changes)
	for _, e := range p.Effects {
		fmt.Fprintln(w.out, "Effect:", printable(e.String()))
	}
	if p.Untried > 0 {
		fmt.Fprintf(w.out, "Effect: not tried on %s more.\n", many(p.Untried, "account"))
	} else if len(p.Effects) == 0 && judges(p.Changes) {
		fmt.Fprintln(w.out, "Effect: none now on any sample number. geogate check --explain tells what decides.")
	}
	for _, finding := range p.Findings {
		fmt.Fprintln(w.out, "Note:", finding)
	}
}
