package main

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"geogate/config/admin/proposal"
	"geogate/config/store"
	"geogate/rules"
)

// policyCmd holds the verbs about the whole policy.
type policyCmd struct {
	Export policyExportCmd `cmd:"" help:"Write the whole policy as YAML."`
	Import policyImportCmd `cmd:"" help:"Make Redis hold what a file says."`
	Diff   policyDiffCmd   `cmd:"" help:"Compare a file with Redis; exit code 1 when they differ."`
	Accept policyAcceptCmd `cmd:"" help:"Let running nodes believe a Redis that lost many accounts at once."`
}

// policyExportCmd writes the policy.
type policyExportCmd struct {
	policyFlags
	Output string `short:"o" help:"File to write; standard output without it." placeholder:"FILE" type:"path"`
}

// Run writes the file, readable by its owner only: it holds the hashes of passwords.
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

// policyImportCmd makes Redis hold what a file says.
type policyImportCmd struct {
	changeFlags
	File  string `arg:"" help:"A file of policy export." type:"existingfile"`
	Prune bool   `help:"Delete accounts, binds, groups, upstream orders and platform rules that the file does not name."`
}

// Run shows the difference, asks, and writes it in one MULTI.
func (c *policyImportCmd) Run(ctx context.Context, w *world) error {
	file, err := store.LoadFile(c.File)
	if err != nil {
		return err
	}
	question := fmt.Sprintf("Make these changes, as %s says?", c.File)
	return c.change(ctx, w, question, func(to *rules.Written) error {
		if c.Prune {
			*to = proposal.Clone(file)
			return nil
		}
		merge(to, file)
		return nil
	})
}

// merge takes what file names, each account, bind, group and upstream whole, and leaves the others.
func merge(to *rules.Written, file rules.Written) {
	maps.Copy(to.Accounts, file.Accounts)
	maps.Copy(to.Binds, file.Binds)
	maps.Copy(to.Groups, file.Groups)
	maps.Copy(to.Upstreams, file.Upstreams)
	if len(file.Platform) > 0 {
		to.Platform = file.Platform
	}
}

// policyDiffCmd compares a file with Redis.
type policyDiffCmd struct {
	redisFlags
	File string `arg:"" help:"A file of policy export." type:"existingfile"`
	JSON bool   `name:"json" help:"Answer in JSON."`
}

// Run prints what policy import --prune would change, and exits with 1 when that is anything.
func (c *policyDiffCmd) Run(ctx context.Context, w *world) error {
	file, err := store.LoadFile(c.File)
	if err != nil {
		return err
	}
	written, err := policyFlags{redisFlags: c.redisFlags}.load(ctx, w)
	if err != nil {
		return err
	}
	changes := proposal.Changes(written, file)
	if c.JSON {
		if changes == nil {
			changes = []store.Change{}
		}
		err = printJSON(w.out, changes)
	} else {
		printDifference(w, changes)
	}
	if err == nil && len(changes) > 0 {
		return exitCode(exitRefused)
	}
	return err
}

func printDifference(w *world, changes []store.Change) {
	if len(changes) == 0 {
		fmt.Fprintln(w.out, "No difference.")
		return
	}
	printChanges(w, "redis", "file", changes)
}

// policyAcceptCmd accepts a policy that is held back.
type policyAcceptCmd struct {
	redisFlags
	Yes bool   `short:"y" help:"Confirm beforehand what would be asked."`
	By  string `help:"Who accepts it, for the log (default: the user of this system)." placeholder:"WHO"`
}

// Run tells every node that what Redis holds now is meant so.
func (c *policyAcceptCmd) Run(ctx context.Context, w *world) error {
	who := (&changeFlags{By: c.By}).who()
	s, err := store.Open(store.Options{URL: c.Redis, Prefix: c.Prefix, By: who})
	if err != nil {
		return err
	}
	defer s.Close()
	written, err := s.Load(ctx)
	if err != nil {
		return fmt.Errorf("reading the policy: %w", err)
	}
	question := fmt.Sprintf("Redis holds %s now. Let every node drop all others?", many(len(written.Accounts), "account"))
	if !c.Yes {
		if err := ask(w, question); err != nil {
			return err
		}
	}
	if err := s.Accept(ctx); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "Accepted: %s.\n", many(len(written.Accounts), "account"))
	return nil
}

// printChanges lists changes with what stands on either side.
func printChanges(w *world, from, to string, changes []store.Change) {
	t := newSheet(w.out, "key", "field", from, to)
	for _, c := range changes {
		t.add(c.Key, c.Field, absent(c.From), absent(c.To))
	}
	t.Render()
}

// absent shows that there is nothing.
func absent(value string) string {
	if strings.TrimSpace(value) == "" {
		return "-"
	}
	return value
}
