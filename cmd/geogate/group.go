package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"geogate/config/admin/proposal"
	"geogate/rules"
)

// groupCmd holds the verbs about groups.
type groupCmd struct {
	Set    groupSetCmd    `cmd:"" help:"Say what a group holds."`
	Show   groupShowCmd   `cmd:"" help:"The members of a group, and who names it."`
	List   groupListCmd   `cmd:"" help:"All groups."`
	Delete groupDeleteCmd `cmd:"" help:"Delete a group that no rule names."`
}

// groupSetCmd replaces the members of a group.
type groupSetCmd struct {
	changeFlags
	Name   string   `arg:"" help:"Name of the group; rules name it @NAME."`
	Member []string `arg:"" help:"Regions and prefixes: all that the group is to hold."`
}

// Run writes the members.
func (c *groupSetCmd) Run(ctx context.Context, w *world) error {
	return c.change(ctx, w, "", func(to *rules.Written) error {
		members := slices.Clone(c.Member)
		slices.Sort(members)
		to.Groups[groupName(c.Name)] = slices.Compact(members)
		return nil
	})
}

// groupName takes the name with or without the mark that rules put before it.
func groupName(name string) string { return strings.TrimPrefix(name, "@") }

// groupDeleteCmd deletes a group.
type groupDeleteCmd struct {
	changeFlags
	Name string `arg:"" help:"The group."`
}

// Run deletes the group. One that a rule names stays: the engine finds the fault.
func (c *groupDeleteCmd) Run(ctx context.Context, w *world) error {
	name := groupName(c.Name)
	return c.change(ctx, w, fmt.Sprintf("Delete the group %s?", name), func(to *rules.Written) error {
		if _, err := findGroup(*to, name); err != nil {
			return err
		}
		if users := groupUsers(*to, name); len(users) > 0 {
			return fmt.Errorf("rules of %s name @%s: take them away first with geogate unset ACCOUNT @%s",
				proposal.Some(users, 5), name, name)
		}
		delete(to.Groups, name)
		return nil
	})
}

func findGroup(w rules.Written, name string) ([]string, error) {
	members, ok := w.Groups[name]
	if !ok {
		return nil, fmt.Errorf("there is no group %q: make it with geogate group set %s MEMBER", name, name)
	}
	return slices.Sorted(slices.Values(members)), nil
}

// groupUsers lists the accounts whose rules name a group, and the platform where its do.
func groupUsers(w rules.Written, name string) []string {
	var list []string
	for _, id := range slices.Sorted(maps.Keys(w.Accounts)) {
		if namesGroup(w.Accounts[id], name) {
			list = append(list, id)
		}
	}
	if namesGroup(w.Platform, name) {
		list = append(list, rules.PlatformAccount)
	}
	return list
}

func namesGroup(hash map[string]string, name string) bool {
	for field := range hash {
		match, _, _ := strings.Cut(field, ";from=")
		match, _, _ = strings.Cut(match, "/")
		if match == "@"+name {
			return true
		}
	}
	return false
}

// groupAnswer is a group for programs.
type groupAnswer struct {
	Name    string   `json:"name"`
	Members []string `json:"members"`
	UsedBy  []string `json:"used_by"` // accounts whose rules name it
}

func newGroupAnswer(w rules.Written, name string, members []string) groupAnswer {
	users := groupUsers(w, name)
	if users == nil {
		users = []string{}
	}
	return groupAnswer{name, members, users}
}

// groupShowCmd shows one group.
type groupShowCmd struct {
	policyFlags
	Name string `arg:"" help:"The group."`
	JSON bool   `name:"json" help:"Answer in JSON."`
}

// Run prints the members.
func (c *groupShowCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	name := groupName(c.Name)
	members, err := findGroup(written, name)
	if err != nil {
		return err
	}
	g := newGroupAnswer(written, name, members)
	if c.JSON {
		return printJSON(w.out, g)
	}
	fmt.Fprintf(w.out, "@%s: %s\n", g.Name, strings.Join(g.Members, " "))
	fmt.Fprintf(w.out, "Named by rules of: %s\n", orNone(proposal.Some(g.UsedBy, 20)))
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// groupListCmd lists the groups.
type groupListCmd struct {
	policyFlags
	JSON bool `name:"json" help:"Answer in JSON."`
}

// Run prints all groups.
func (c *groupListCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	list := []groupAnswer{}
	for _, name := range slices.Sorted(maps.Keys(written.Groups)) {
		list = append(list, newGroupAnswer(written, name, slices.Sorted(slices.Values(written.Groups[name]))))
	}
	if c.JSON {
		return printJSON(w.out, list)
	}
	t := newSheet(w.out, "group", "members", "named by")
	for _, g := range list {
		t.add("@"+g.Name, proposal.Some(g.Members, 15), proposal.Some(g.UsedBy, 5))
	}
	t.Render()
	return nil
}
