package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"golang.org/x/term"

	"geogate/config/store"
	"geogate/rules"
	"geogate/rules/numplan"
)

// changeFlags are what every verb has that changes the policy.
type changeFlags struct {
	redisFlags
	DryRun bool   `help:"Show what would change, and change nothing."`
	Yes    bool   `short:"y" help:"Do not ask before a high-risk region is opened, or anything is deleted."`
	Why    string `help:"Why, for the log." placeholder:"TEXT"`
	By     string `help:"By whom, for the log (default: the user)." placeholder:"NAME"`
}

// change is one change on its way: what is written now, and what will be.
type change struct {
	before, after rules.Written
	edit          store.Edit
	deletes       bool // something is deleted as a whole: that is confirmed
}

// apply makes the operations that build returns for what is written now: validated by the engine first, shown, asked
// about where it is risky, and then one MULTI with its entry in the log.
func (f changeFlags) apply(ctx context.Context, w *world, build func(rules.Written) ([]store.Op, error)) error {
	s, err := f.open()
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := f.prepare(ctx, s, build)
	if err != nil {
		return err
	}
	if len(diffWritten(c.before, c.after)) == 0 {
		_, err := fmt.Fprintln(w.out, "nothing changes: it is so already")
		return err
	}
	printChanges(w.out, diffWritten(c.before, c.after))
	if f.DryRun {
		_, err := fmt.Fprintln(w.out, "dry run: nothing was changed")
		return err
	}
	if err := f.confirm(w, c); err != nil {
		return err
	}
	return s.Apply(ctx, c.edit)
}

// prepare reads what is written, builds the edit, and refuses one that adds a fault.
func (f changeFlags) prepare(ctx context.Context, s *store.Store, build func(rules.Written) ([]store.Op, error)) (*change, error) {
	before, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	ops, err := build(before)
	if err != nil {
		return nil, err
	}
	c := &change{before: before}
	for _, op := range ops {
		c.deletes = c.deletes || op.Deletes()
	}
	if ops, err = withHighRisk(ctx, s, before, ops); err != nil {
		return nil, err
	}
	by := f.By
	if by == "" {
		by = operator()
	}
	c.edit = store.Edit{By: by, Why: f.Why, Ops: ops, Base: &before}
	if c.after, err = c.edit.On(before); err != nil {
		if errors.Is(err, store.ErrMissing) {
			err = fmt.Errorf("%w: geogate account create, bind set or group set makes it", err)
		}
		return nil, err
	}
	return c, newFaults(c.before, c.after)
}

// withHighRisk adds the group of high-risk countries to the first change that the tools make.
func withHighRisk(ctx context.Context, s *store.Store, before rules.Written, ops []store.Op) ([]store.Op, error) {
	if _, ok := before.Groups[rules.HighRisk]; ok {
		return ops, nil
	}
	if entries, err := s.Log(ctx, 1); err != nil || len(entries) > 0 {
		return ops, err
	}
	for _, op := range ops {
		if op.Key() == store.GroupKey(rules.HighRisk) {
			return ops, nil
		}
	}
	return append(ops, store.SetMembers(store.GroupKey(rules.HighRisk), rules.HighRiskMembers...)), nil
}

// newFaults returns the faults that a change would add.
func newFaults(before, after rules.Written) error {
	_, was := rules.Compile(numplan.Default(), before)
	known := map[rules.Fault]bool{}
	for _, f := range was {
		known[f] = true
	}
	_, is := rules.Compile(numplan.Default(), after)
	var faults []error
	for _, f := range is {
		if !known[f] {
			faults = append(faults, f)
		}
	}
	return errors.Join(faults...)
}

// confirm asks where a slip would be dear.
func (f changeFlags) confirm(w *world, c *change) error {
	var what []string
	if risky := rules.OpensHighRisk(numplan.Default(), c.before, c.after); len(risky) > 0 {
		what = append(what, "this opens high-risk regions: "+strings.Join(risky, " "))
	}
	if c.deletes {
		what = append(what, "this deletes")
	}
	if len(what) == 0 || f.Yes {
		return nil
	}
	in, ok := w.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return fmt.Errorf("%s; say --yes if that is meant", strings.Join(what, "; "))
	}
	fmt.Fprintf(w.err, "%s. Go on? Type yes: ", strings.Join(what, "; "))
	answer, err := bufio.NewReader(w.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("not confirmed: nothing was changed")
	}
	return nil
}

// printChanges shows what changes, field by field.
func printChanges(out io.Writer, changes []store.Change) {
	t := newTable(out)
	t.AppendHeader(table.Row{"key", "field", "from", "to"})
	for _, c := range changes {
		t.AppendRow(table.Row{c.Key, c.Field, c.From, c.To})
	}
	t.Render()
}

// newTable is a table as all verbs print it.
func newTable(out io.Writer) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = 0 // as it is written
	return t
}
