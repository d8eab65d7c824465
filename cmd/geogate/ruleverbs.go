package main

import (
	"context"
	"time"

	"geogate/config/store"
	"geogate/rules"
)

// ruleCmd writes the same action under several matches. The verb's name is the action.
type ruleCmd struct {
	Account string   `arg:"" help:"Id of the account, or platform."`
	Match   []string `arg:"" help:"=+NUMBER, short:CODE, +PREFIX, a region such as GB, @group or any."`
	ruleTarget
	Until  time.Time `help:"The rule ends then, as 2026-12-01T00:00:00Z." placeholder:"TIME"`
	After  time.Time `help:"The rule begins then." placeholder:"TIME"`
	Reason string    `help:"Kept with the rule, and shown." placeholder:"TEXT"`
	changeFlags
}

// ruleTarget narrows a rule.
type ruleTarget struct {
	ForClass  string `help:"Only numbers of this class." placeholder:"CLASS"`
	ForSender string `help:"Only messages with exactly this source_addr." placeholder:"SENDER"`
}

// field is the name under which a rule is written.
func (t ruleTarget) field(match string) string {
	if t.ForClass != "" {
		match += "/" + t.ForClass
	}
	if t.ForSender != "" {
		match += ";from=" + t.ForSender
	}
	return match
}

func (c *ruleCmd) write(ctx context.Context, w *world, action rules.Action) error {
	value := rules.Value{Action: action, Until: c.Until, After: c.After, Reason: c.Reason, By: c.By}
	return c.apply(ctx, w, func(rules.Written) ([]store.Op, error) {
		var ops []store.Op
		for _, match := range c.Match {
			ops = append(ops, store.Set(rulesKey(c.Account), c.field(match), value.String()))
		}
		return ops, nil
	})
}

// rulesKey is the key that holds the rules of an account, or of the platform.
func rulesKey(account string) string {
	if account == rules.PlatformAccount {
		return store.PlatformKey
	}
	return store.AccountKey(account)
}

type (
	allowCmd   struct{ ruleCmd }
	blockCmd   struct{ ruleCmd }
	observeCmd struct{ ruleCmd }
	trustCmd   struct{ ruleCmd }
	lockCmd    struct{ ruleCmd }
)

// Run opens what the matches name.
func (c *allowCmd) Run(ctx context.Context, w *world) error { return c.write(ctx, w, rules.Allow) }

// Run closes what the matches name.
func (c *blockCmd) Run(ctx context.Context, w *world) error { return c.write(ctx, w, rules.Block) }

// Run opens what the matches name and has limits reported only.
func (c *observeCmd) Run(ctx context.Context, w *world) error { return c.write(ctx, w, rules.Observe) }

// Run opens what the matches name, without limits.
func (c *trustCmd) Run(ctx context.Context, w *world) error { return c.write(ctx, w, rules.Trust) }

// Run closes what the matches name for good: nothing below may override it.
func (c *lockCmd) Run(ctx context.Context, w *world) error { return c.write(ctx, w, rules.Lock) }

// unsetCmd removes rules.
type unsetCmd struct {
	Account string   `arg:"" help:"Id of the account, or platform."`
	Match   []string `arg:"" help:"As the rule was written."`
	ruleTarget
	changeFlags
}

// Run removes the rules.
func (c *unsetCmd) Run(ctx context.Context, w *world) error {
	return c.apply(ctx, w, func(rules.Written) ([]store.Op, error) {
		var fields []string
		for _, match := range c.Match {
			fields = append(fields, c.field(match))
		}
		return []store.Op{store.Unset(rulesKey(c.Account), fields...)}, nil
	})
}

type suspendCmd struct {
	Account string `arg:"" help:"Id of the account: it and every one below it stop."`
	changeFlags
}

// Run suspends the account.
func (c *suspendCmd) Run(ctx context.Context, w *world) error {
	return c.apply(ctx, w, func(rules.Written) ([]store.Op, error) {
		return []store.Op{store.Set(store.AccountKey(c.Account), "status", "suspended")}, nil
	})
}

type resumeCmd struct {
	Account string `arg:"" help:"Id of the account."`
	changeFlags
}

// Run makes the account active again.
func (c *resumeCmd) Run(ctx context.Context, w *world) error {
	return c.apply(ctx, w, func(rules.Written) ([]store.Op, error) {
		return []store.Op{store.Set(store.AccountKey(c.Account), "status", "active")}, nil
	})
}
