package main

import (
	"context"
	"fmt"

	"geogate/config/store"
	"geogate/rules"
)

// policyCmd handles the policy as a whole.
type policyCmd struct {
	Export policyExportCmd `cmd:"" help:"Write the whole policy as YAML."`
	Import policyImportCmd `cmd:"" help:"Make Redis hold what a file says."`
	Diff   policyDiffCmd   `cmd:"" help:"Show in what Redis differs from a file; exit 1 if it does."`
	Accept policyAcceptCmd `cmd:"" help:"Believe a Redis that lost many accounts at once: the nodes take it as it is."`
}

type policyExportCmd struct {
	policyFlags
	Output string `short:"o" help:"File to write; standard output without it." placeholder:"FILE" type:"path"`
}

// Run writes the policy.
func (c *policyExportCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	if c.Output != "" {
		return store.SaveFile(c.Output, written)
	}
	return store.WritePolicy(w.out, written)
}

type policyImportCmd struct {
	File  string `arg:"" help:"File of policy export." type:"existingfile"`
	Prune bool   `help:"Delete accounts, binds, groups and platform rules that the file does not have."`
	changeFlags
}

// Run makes what the file says one change.
func (c *policyImportCmd) Run(ctx context.Context, w *world) error {
	wanted, err := store.LoadFile(c.File)
	if err != nil {
		return err
	}
	return c.apply(ctx, w, func(before rules.Written) ([]store.Op, error) {
		return importOps(before, wanted, c.Prune), nil
	})
}

// importOps are the operations that make one policy of another. Of a key that both have, fields that the wanted one
// lacks go; keys that it lacks go only with prune.
func importOps(before, wanted rules.Written, prune bool) []store.Op {
	was, is := flatten(before), flatten(wanted)
	var ops []store.Op
	for name, members := range wanted.Groups {
		ops = append(ops, store.SetMembers(store.GroupKey(name), members...))
	}
	groups := map[string]bool{}
	for _, w := range []rules.Written{before, wanted} {
		for name := range w.Groups {
			groups[store.GroupKey(name)] = true
		}
	}
	for key, fields := range is {
		switch {
		case groups[key]:
		case was[key] == nil && key != store.PlatformKey:
			ops = append(ops, store.Create(key, fields))
		default:
			for field, value := range fields {
				ops = append(ops, store.Set(key, field, value))
			}
			for field := range was[key] {
				if _, ok := fields[field]; !ok {
					ops = append(ops, store.Unset(key, field))
				}
			}
		}
	}
	for key := range was {
		if is[key] == nil && prune {
			ops = append(ops, store.Delete(key))
		}
	}
	return ops
}

type policyDiffCmd struct {
	File string `arg:"" help:"File of policy export." type:"existingfile"`
	redisFlags
}

// Run shows what an import with --prune would change.
func (c *policyDiffCmd) Run(ctx context.Context, w *world) error {
	wanted, err := store.LoadFile(c.File)
	if err != nil {
		return err
	}
	written, err := policyFlags{redisFlags: c.redisFlags}.load(ctx, w)
	if err != nil {
		return err
	}
	changes := diffWritten(written, wanted)
	if len(changes) == 0 {
		_, err := fmt.Fprintln(w.out, "no difference")
		return err
	}
	printChanges(w.out, changes)
	return exitCode(exitRefused)
}

type policyAcceptCmd struct{ redisFlags }

// Run tells all nodes to believe what Redis holds now.
func (c *policyAcceptCmd) Run(ctx context.Context, w *world) error {
	s, err := c.open()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Accept(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w.out, "accepted: the nodes take the policy in Redis as it is")
	return err
}
