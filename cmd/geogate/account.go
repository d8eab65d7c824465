package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"geogate/config/admin/proposal"
	"geogate/rules"
	"geogate/rules/numplan"
)

// accountCmd holds the verbs about accounts.
type accountCmd struct {
	Create accountCreateCmd `cmd:"" help:"Make an account."`
	Set    accountSetCmd    `cmd:"" help:"Change settings of an account."`
	Show   accountShowCmd   `cmd:"" help:"Settings, and the rules in force with where they come from."`
	List   accountListCmd   `cmd:"" help:"All accounts."`
	Delete accountDeleteCmd `cmd:"" help:"Delete an account with its rules."`
}

// accountCreateCmd makes an account.
type accountCreateCmd struct {
	changeFlags
	ID       string   `arg:"" help:"Id of the account; the system_id of its binds unless bind set says otherwise."`
	Settings []string `arg:"" optional:"" name:"setting=value" help:"Settings, as home=GB or nanp=exact."`
	Home     string   `help:"Home region, or a number of it: opened by itself." placeholder:"REGION"`
	Parent   string   `help:"The account above: its rules apply too." placeholder:"ACCOUNT"`
}

// Run writes the new account. One that exists already is an error.
func (c *accountCreateCmd) Run(ctx context.Context, w *world) error {
	fields, err := settings(c.Settings)
	if err != nil {
		return err
	}
	return c.change(ctx, w, "", func(to *rules.Written) error {
		if _, ok := to.Accounts[c.ID]; ok {
			return fmt.Errorf("account %q exists already: change it with geogate account set %s", c.ID, c.ID)
		}
		if c.ID == rules.PlatformAccount {
			return fmt.Errorf("%q names the rules above every account: choose another id", c.ID)
		}
		hash := map[string]string{}
		assign(hash, map[string]string{"home": c.Home, "parent": c.Parent})
		assign(hash, fields)
		keepHash(c.ID, hash)
		to.Accounts[c.ID] = hash
		return nil
	})
}

// accountSetCmd changes settings.
type accountSetCmd struct {
	changeFlags
	ID       string   `arg:"" help:"The account."`
	Settings []string `arg:"" name:"setting=value" help:"Settings, as status=monitor; setting= goes back to the default."`
}

// Run writes the settings.
func (c *accountSetCmd) Run(ctx context.Context, w *world) error {
	fields, err := settings(c.Settings)
	if err != nil {
		return err
	}
	return c.change(ctx, w, "", func(to *rules.Written) error {
		hash, err := findAccount(*to, c.ID)
		if err != nil {
			return err
		}
		assign(hash, fields)
		keepHash(c.ID, hash)
		return nil
	})
}

// settings reads SETTING=VALUE. Rules are no settings: they have verbs of their own.
func settings(list []string) (map[string]string, error) {
	fields, err := assignments(list)
	for field := range fields {
		if _, notRule := rules.ParseMatch(numplan.Default(), field); notRule == nil {
			return nil, fmt.Errorf("%q is a rule and no setting: write it with geogate allow, block, observe, "+
				"trust or lock", field)
		}
	}
	return fields, err
}

// assignments reads NAME=VALUE.
func assignments(list []string) (map[string]string, error) {
	fields := map[string]string{}
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not NAME=VALUE, as status=monitor", text)
		}
		fields[name] = value
	}
	return fields, nil
}

// assign writes fields into a hash; an empty value takes one away.
func assign(hash, fields map[string]string) {
	for field, value := range fields {
		if value == "" {
			delete(hash, field)
		} else {
			hash[field] = value
		}
	}
}

// keepHash keeps an account whose last field goes: without fields its key would be gone, and the account with
// it.
func keepHash(id string, hash map[string]string) {
	if len(hash) == 0 && id != rules.PlatformAccount {
		hash["status"] = "active"
	}
}

// findAccount returns the hash of an account, or of the platform.
func findAccount(w rules.Written, id string) (map[string]string, error) {
	if id == rules.PlatformAccount {
		return w.Platform, nil
	}
	hash, ok := w.Accounts[id]
	if !ok {
		return nil, fmt.Errorf("there is no account %q: make it with geogate account create %s --home REGION, "+
			"or see geogate account list", id, id)
	}
	return hash, nil
}

// accountDeleteCmd deletes an account.
type accountDeleteCmd struct {
	changeFlags
	ID string `arg:"" help:"The account."`
}

// Run deletes the account, once nothing hangs on it.
func (c *accountDeleteCmd) Run(ctx context.Context, w *world) error {
	question := fmt.Sprintf("Delete the account %s and its rules?", c.ID)
	return c.change(ctx, w, question, func(to *rules.Written) error {
		if c.ID == rules.PlatformAccount {
			return fmt.Errorf("the platform's rules are taken away one by one: geogate unset platform MATCH")
		}
		if _, err := findAccount(*to, c.ID); err != nil {
			return err
		}
		if below := children(*to, c.ID); len(below) > 0 {
			return fmt.Errorf("it is the parent of %s: delete them first, or give them another with "+
				"geogate account set ID parent=ACCOUNT", proposal.Some(below, 5))
		}
		if binds := bindsOf(*to, c.ID); len(binds) > 0 {
			return fmt.Errorf("the system_ids %s bind for it: delete them first with geogate bind delete SYSTEM_ID",
				proposal.Some(binds, 5))
		}
		delete(to.Accounts, c.ID)
		return nil
	})
}

// children lists the accounts right below one.
func children(w rules.Written, id string) []string {
	var list []string
	for _, child := range slices.Sorted(maps.Keys(w.Accounts)) {
		if w.Accounts[child]["parent"] == id {
			list = append(list, child)
		}
	}
	return list
}

// bindsOf lists the system_ids whose credential names an account.
func bindsOf(w rules.Written, id string) []string {
	var list []string
	for _, systemID := range slices.Sorted(maps.Keys(w.Binds)) {
		if w.Binds[systemID]["account"] == id {
			list = append(list, systemID)
		}
	}
	return list
}
