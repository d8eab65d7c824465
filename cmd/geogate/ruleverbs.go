package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"geogate/rules"
	"geogate/rules/numplan"
)

// ruleFlags are those of the verbs that write rules.
type ruleFlags struct {
	changeFlags
	Account   string     `arg:"" help:"The account, or platform for the rules above every account."`
	Match     []string   `arg:"" help:"Region (GB), prefix (+4479), number (=+447970123456), short:CODE, @group or any."`
	Until     timeFlag   `help:"The rule ends at this time (RFC 3339) or after that long (72h)." placeholder:"TIME"`
	After     timeFlag   `help:"The rule begins at this time or after that long." placeholder:"TIME"`
	Reason    string     `help:"Reason that stands with the rule." placeholder:"TEXT"`
	ForClass  classFlag  `help:"Only numbers of these classes, as premium." placeholder:"CLASS"`
	ForSender senderFlag `help:"Only messages with exactly this source_addr." placeholder:"SENDER"`
}

// write sets the rule of every match to an action.
func (f *ruleFlags) write(ctx context.Context, w *world, action rules.Action) error {
	value := rules.Value{
		Action: action, Reason: f.Reason, By: f.By, Until: f.Until.time(w.now()), After: f.After.time(w.now()),
	}
	if !value.Until.IsZero() && !value.Until.After(w.now()) {
		return fmt.Errorf("--until %s has passed already", value.Until.Format(time.RFC3339))
	}
	if err := f.check(); err != nil {
		return err
	}
	return f.change(ctx, w, "", func(to *rules.Written) error {
		hash, err := findAccount(*to, f.Account)
		if err != nil {
			return err
		}
		for _, field := range f.fields() {
			hash[field] = value.String()
		}
		return nil
	})
}

// check tells what is no match, and of that alone: a rule is meant, and no setting.
func (f *ruleFlags) check() error {
	var faults []error
	for _, field := range f.fields() {
		if _, err := rules.ParseMatch(numplan.Default(), field); err != nil {
			faults = append(faults, err)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("nothing was changed: %w\n%s", errors.Join(faults...), rules.MatchSyntax)
}

// fields are the names of the rules: each match, with each class and the sender.
func (f *ruleFlags) fields() []string {
	classes := f.ForClass
	if len(classes) == 0 {
		classes = []string{""}
	}
	var fields []string
	for _, match := range f.Match {
		for _, class := range classes {
			fields = append(fields, fieldName(match, class, string(f.ForSender)))
		}
	}
	return fields
}

func fieldName(match, class, sender string) string {
	if class != "" {
		match += "/" + class
	}
	if sender != "" {
		match += ";from=" + sender
	}
	return match
}

type (
	allowCmd   struct{ ruleFlags }
	blockCmd   struct{ ruleFlags }
	observeCmd struct{ ruleFlags }
	trustCmd   struct{ ruleFlags }
	lockCmd    struct{ ruleFlags }
)

// Run opens what matches.
func (c *allowCmd) Run(ctx context.Context, w *world) error { return c.write(ctx, w, rules.Allow) }

// Run closes what matches.
func (c *blockCmd) Run(ctx context.Context, w *world) error { return c.write(ctx, w, rules.Block) }

// Run opens what matches, and has reported what would have been limited.
func (c *observeCmd) Run(ctx context.Context, w *world) error { return c.write(ctx, w, rules.Observe) }

// Run opens what matches, exempt from traffic guards.
func (c *trustCmd) Run(ctx context.Context, w *world) error { return c.write(ctx, w, rules.Trust) }

// Run closes what matches, whatever stands below.
func (c *lockCmd) Run(ctx context.Context, w *world) error { return c.write(ctx, w, rules.Lock) }

// unsetCmd takes rules away.
type unsetCmd struct {
	changeFlags
	Account   string     `arg:"" help:"The account, or platform."`
	Match     []string   `arg:"" help:"The rules as account show lists them, as GB or GB/premium."`
	ForClass  classFlag  `help:"The rules of these classes." placeholder:"CLASS"`
	ForSender senderFlag `help:"The rules of this source_addr." placeholder:"SENDER"`
}

// Run deletes the rules; all of them have to be there.
func (c *unsetCmd) Run(ctx context.Context, w *world) error {
	names := ruleFlags{Match: c.Match, ForClass: c.ForClass, ForSender: c.ForSender}
	return c.change(ctx, w, "", func(to *rules.Written) error {
		hash, err := findAccount(*to, c.Account)
		if err != nil {
			return err
		}
		var missing []string
		for _, field := range names.fields() {
			if _, ok := hash[field]; !ok {
				missing = append(missing, field)
			}
			delete(hash, field)
		}
		if len(missing) > 0 {
			return fmt.Errorf("%s has no rule %s: geogate account show %s lists them as they are written, as GB and +44",
				c.Account, strings.Join(missing, ", "), c.Account)
		}
		keepHash(c.Account, hash)
		return nil
	})
}

// suspendCmd stops an account and all below it.
type suspendCmd struct {
	changeFlags
	Account string `arg:"" help:"The account; all accounts below it stop too."`
}

// Run writes the status.
func (c *suspendCmd) Run(ctx context.Context, w *world) error {
	return c.setStatus(ctx, w, c.Account, "suspended")
}

// resumeCmd lets a suspended account go on.
type resumeCmd struct {
	changeFlags
	Account string `arg:"" help:"The account."`
}

// Run writes the status. An account may still be stopped by one above it: the effect shows that.
func (c *resumeCmd) Run(ctx context.Context, w *world) error {
	return c.setStatus(ctx, w, c.Account, "active")
}

func (f *changeFlags) setStatus(ctx context.Context, w *world, id, status string) error {
	return f.change(ctx, w, "", func(to *rules.Written) error {
		if id == rules.PlatformAccount {
			return fmt.Errorf("the platform has rules only; stop everything with geogate lock platform any")
		}
		hash, err := findAccount(*to, id)
		if err != nil {
			return err
		}
		if was := hash["status"]; status == "active" && was != "suspended" {
			return fmt.Errorf("account %q is not suspended itself: geogate account show %s tells what stops it", id, id)
		}
		hash["status"] = status
		return nil
	})
}

// timeFlag is a flag that gives a time, or how long from now it is.
type timeFlag struct {
	at  time.Time
	ago time.Duration
}

// UnmarshalText reads RFC 3339 or a duration as Go writes it.
func (m *timeFlag) UnmarshalText(text []byte) error {
	if d, err := time.ParseDuration(string(text)); err == nil && d > 0 {
		m.ago = d
		return nil
	}
	at, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("%q: a time as 2026-12-01T00:00:00Z or a duration as 72h is needed", text)
	}
	m.at = at
	return nil
}

func (m timeFlag) time(now time.Time) time.Time {
	if m.ago > 0 {
		return now.Add(m.ago).UTC().Truncate(time.Second)
	}
	return m.at
}
