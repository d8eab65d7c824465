package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"geogate/config/store"
	"geogate/rules"
)

// groupCmd keeps the groups that rules name as @name.
type groupCmd struct {
	Set    groupSetCmd    `cmd:"" help:"Make a group hold exactly these members."`
	Show   groupShowCmd   `cmd:"" help:"List the members of a group."`
	List   groupListCmd   `cmd:"" help:"List all groups."`
	Delete groupDeleteCmd `cmd:"" help:"Delete a group."`
}

type groupSetCmd struct {
	Name    string   `arg:"" help:"Name of the group, without the @."`
	Members []string `arg:"" help:"Regions and prefixes, as GB +7840."`
	changeFlags
}

// Run writes the group.
func (c *groupSetCmd) Run(ctx context.Context, w *world) error {
	return c.apply(ctx, w, func(rules.Written) ([]store.Op, error) {
		return []store.Op{store.SetMembers(store.GroupKey(c.Name), c.Members...)}, nil
	})
}

type groupDeleteCmd struct {
	Name string `arg:"" help:"Name of the group, without the @."`
	changeFlags
}

// Run deletes the group.
func (c *groupDeleteCmd) Run(ctx context.Context, w *world) error {
	return c.apply(ctx, w, func(rules.Written) ([]store.Op, error) {
		return []store.Op{store.Delete(store.GroupKey(c.Name))}, nil
	})
}

type groupShowCmd struct {
	Name string `arg:"" help:"Name of the group, without the @."`
	policyFlags
}

// Run lists the members, one a line.
func (c *groupShowCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	members, ok := written.Groups[c.Name]
	if !ok {
		return fmt.Errorf("there is no group %q: geogate group list shows those that are", c.Name)
	}
	for _, m := range slices.Sorted(slices.Values(members)) {
		fmt.Fprintln(w.out, m)
	}
	return nil
}

type groupListCmd struct{ policyFlags }

// Run lists the groups.
func (c *groupListCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	t := newTable(w.out)
	t.AppendHeader(table.Row{"group", "members"})
	for _, name := range slices.Sorted(maps.Keys(written.Groups)) {
		t.AppendRow(table.Row{"@" + name, strings.Join(slices.Sorted(slices.Values(written.Groups[name])), " ")})
	}
	t.Render()
	return nil
}
