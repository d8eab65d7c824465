package main

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"geogate/rules"
	"geogate/rules/numplan"
)

// accountListCmd lists the accounts.
type accountListCmd struct {
	policyFlags
	JSON bool `name:"json" help:"Answer in JSON."`
}

// accountRow is one account of the list.
type accountRow struct {
	ID          string `json:"id"`
	Home        string `json:"home"`
	Parent      string `json:"parent"`
	Status      string `json:"status"`
	SuspendedBy string `json:"suspended_by"`
	Rules       int    `json:"rules"`  // its own, as written
	Faults      int    `json:"faults"` // what is written and not in force
}

// Run prints all accounts.
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
	list := []accountRow{}
	for _, id := range slices.Sorted(maps.Keys(written.Accounts)) {
		row := newAccountRow(policy, id, written.Accounts[id], w)
		row.Faults = count["account:"+id]
		list = append(list, row)
	}
	if c.JSON {
		return printJSON(w.out, list)
	}
	t := newSheet(w.out, "account", "home", "parent", "status", "rules", "faults")
	for _, a := range list {
		if a.SuspendedBy != "" && a.SuspendedBy != a.ID {
			a.Status += " (suspended by " + a.SuspendedBy + ")"
		}
		t.add(a.ID, a.Home, a.Parent, a.Status, strconv.Itoa(a.Rules), strconv.Itoa(a.Faults))
	}
	t.Render()
	return nil
}

func newAccountRow(policy *rules.Policy, id string, hash map[string]string, w *world) accountRow {
	row := accountRow{ID: id, Home: hash["home"], Parent: hash["parent"], Status: hash["status"]}
	if row.Status == "" {
		row.Status = "active"
	}
	for field := range hash {
		if _, err := rules.ParseMatch(numplan.Default(), field); err == nil {
			row.Rules++
		}
	}
	if d, ok := policy.Describe(id, hash, w.now()); ok {
		row.SuspendedBy = d.Suspended
	}
	return row
}
