package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"geogate/config/store"
	"geogate/rules"
	"geogate/rules/numplan"
)

// accountCmd creates, changes and shows accounts.
type accountCmd struct {
	Create accountCreateCmd `cmd:"" help:"Create an account, with its home region or its settings: geogate account create acme home=GB"`
	Set    accountSetCmd    `cmd:"" help:"Change settings: geogate account set acme nanp=exact; NAME= takes one back to its default."`
	Show   accountShowCmd   `cmd:"" help:"Show an account: settings, and every rule that reaches it."`
	List   accountListCmd   `cmd:"" help:"List all accounts."`
	Delete accountDeleteCmd `cmd:"" help:"Delete an account."`
}

type accountCreateCmd struct {
	ID       string   `arg:"" help:"Id of the account."`
	Settings []string `arg:"" help:"NAME=VALUE, at least one: home=GB, parent=acme."`
	changeFlags
}

// Run creates the account.
func (c *accountCreateCmd) Run(ctx context.Context, w *world) error {
	fields, err := assignments(c.Settings)
	if err != nil {
		return err
	}
	return c.apply(ctx, w, func(rules.Written) ([]store.Op, error) {
		return []store.Op{store.Create(store.AccountKey(c.ID), fields)}, nil
	})
}

type accountSetCmd struct {
	ID       string   `arg:"" help:"Id of the account."`
	Settings []string `arg:"" help:"NAME=VALUE; NAME= for the default."`
	changeFlags
}

// Run changes the settings.
func (c *accountSetCmd) Run(ctx context.Context, w *world) error {
	fields, err := assignments(c.Settings)
	if err != nil {
		return err
	}
	return c.apply(ctx, w, func(rules.Written) ([]store.Op, error) {
		return setOrUnset(store.AccountKey(c.ID), fields), nil
	})
}

// setOrUnset writes fields, and removes those whose value is empty.
func setOrUnset(key string, fields map[string]string) []store.Op {
	var ops []store.Op
	for field, value := range fields {
		if value == "" {
			ops = append(ops, store.Unset(key, field))
			continue
		}
		ops = append(ops, store.Set(key, field, value))
	}
	return ops
}

// assignments reads NAME=VALUE.
func assignments(list []string) (map[string]string, error) {
	fields := map[string]string{}
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not NAME=VALUE", text)
		}
		fields[name] = value
	}
	return fields, nil
}

type accountDeleteCmd struct {
	ID string `arg:"" help:"Id of the account."`
	changeFlags
}

// Run deletes the account.
func (c *accountDeleteCmd) Run(ctx context.Context, w *world) error {
	return c.apply(ctx, w, func(before rules.Written) ([]store.Op, error) {
		if _, ok := before.Accounts[c.ID]; !ok {
			return nil, fmt.Errorf("there is no account %q: geogate account list shows those that are", c.ID)
		}
		return []store.Op{store.Delete(store.AccountKey(c.ID))}, nil
	})
}

type accountListCmd struct {
	policyFlags
	JSON bool `name:"json" help:"A JSON line for each."`
}

// accountLine is an account in the list.
type accountLine struct {
	ID        string `json:"id"`
	Home      string `json:"home,omitempty"`
	Parent    string `json:"parent,omitempty"`
	Status    string `json:"status"`
	Suspended string `json:"suspended_by,omitempty"`
	Faults    int    `json:"faults"`
}

// Run lists the accounts.
func (c *accountListCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	policy, faults := rules.Compile(numplan.Default(), written)
	count := map[string]int{}
	for _, f := range faults {
		count[f.Key]++
	}
	t := newTable(w.out)
	t.AppendHeader(table.Row{"account", "home", "parent", "status", "suspended by", "faults"})
	encoder := json.NewEncoder(w.out)
	for _, id := range policy.Accounts() {
		hash := written.Accounts[id]
		d, _ := policy.Describe(id, hash, w.now())
		line := accountLine{id, hash["home"], hash["parent"], orDefault(hash["status"], "active"), d.Suspended, count[store.AccountKey(id)]}
		if c.JSON {
			if err := encoder.Encode(line); err != nil {
				return err
			}
			continue
		}
		t.AppendRow(table.Row{line.ID, line.Home, line.Parent, line.Status, line.Suspended, line.Faults})
	}
	if !c.JSON {
		t.Render()
	}
	return nil
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

type accountShowCmd struct {
	ID string `arg:"" help:"Id of the account."`
	policyFlags
	JSON bool `name:"json" help:"In JSON."`
}

// Run shows the account.
func (c *accountShowCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	policy, faults := rules.Compile(numplan.Default(), written)
	d, ok := policy.Describe(c.ID, written.Accounts[c.ID], w.now())
	if !ok {
		return fmt.Errorf("there is no account %q: geogate account list shows those that are", c.ID)
	}
	if c.JSON {
		return json.NewEncoder(w.out).Encode(d)
	}
	printAccount(w.out, d)
	for _, f := range faults {
		if f.Key == store.AccountKey(c.ID) {
			fmt.Fprintln(w.out, "not in force:", f)
		}
	}
	return nil
}

func printAccount(out io.Writer, d rules.Description) {
	switch {
	case d.Broken:
		fmt.Fprintln(out, "nothing written for this account could ever be read: it refuses everything")
	case d.Suspended != "":
		fmt.Fprintf(out, "suspended, by account %s\n", d.Suspended)
	}
	if len(d.Chain) > 0 {
		fmt.Fprintln(out, "below:", strings.Join(d.Chain, ", "))
	}
	settings := newTable(out)
	settings.AppendHeader(table.Row{"setting", "value", ""})
	for _, s := range d.Settings {
		note := ""
		if s.Default {
			note = "default"
		}
		settings.AppendRow(table.Row{s.Name, s.Value, note})
	}
	settings.Render()
	list := newTable(out)
	list.AppendHeader(table.Row{"rule", "of", "does", ""})
	for _, r := range d.Rules {
		note := ""
		if !r.Live {
			note = "not live"
		}
		list.AppendRow(table.Row{r.Match, r.Account, r.Value, note})
	}
	list.Render()
}
