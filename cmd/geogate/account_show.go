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

// accountShowCmd shows one account.
type accountShowCmd struct {
	policyFlags
	ID   string `arg:"" help:"The account, or platform."`
	JSON bool   `name:"json" help:"Answer in JSON."`
}

// accountAnswer is an account for programs.
type accountAnswer struct {
	ID          string          `json:"id"`
	SuspendedBy string          `json:"suspended_by,omitempty"` // the account, itself or above, that is suspended
	Parents     []string        `json:"parents"`                // the nearest first
	Children    []string        `json:"children"`
	Binds       []string        `json:"binds"` // system_ids whose credential names it
	Settings    []settingAnswer `json:"settings"`
	Rules       []ruleAnswer    `json:"rules"` // its own, then those of the accounts above and of the platform
	Faults      []string        `json:"faults"`
	Findings    []string        `json:"lint"`
}

type settingAnswer struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Default bool   `json:"default"` // not written
}

type ruleAnswer struct {
	Match    string `json:"match"`
	Value    string `json:"value"`
	Account  string `json:"account"`   // where it stands
	Live     bool   `json:"live"`      // now
	LockOnly bool   `json:"lock_only"` // inherited as a lock, beyond an inherit=no
}

// Run prints the account as the engine sees it.
func (c *accountShowCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	a, err := describeAccount(written, c.ID, w)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(w.out, a)
	}
	a.print(w)
	return nil
}

func describeAccount(written rules.Written, id string, w *world) (accountAnswer, error) {
	hash, err := findAccount(written, id)
	if err != nil {
		return accountAnswer{}, err
	}
	policy, faults := rules.Compile(numplan.Default(), written)
	if id == rules.PlatformAccount {
		return describePlatform(written, faults, w), nil
	}
	d, _ := policy.Describe(id, hash, w.now())
	a := accountAnswer{
		ID: id, SuspendedBy: d.Suspended, Parents: orEmpty(d.Chain), Children: orEmpty(children(written, id)),
		Binds: orEmpty(bindsOf(written, id)), Settings: []settingAnswer{}, Rules: ruleAnswers(d.Rules),
		Faults: faultsOf(faults, "account:"+id), Findings: findingsOf(proposal.Lint(written, w.now(), id), id),
	}
	for _, s := range d.Settings {
		a.Settings = append(a.Settings, settingAnswer(s))
	}
	return a, nil
}

// describePlatform shows the rules above every account, which have no settings.
func describePlatform(written rules.Written, faults []rules.Fault, w *world) accountAnswer {
	a := accountAnswer{
		ID: rules.PlatformAccount, Parents: []string{}, Children: []string{}, Binds: []string{},
		Settings: []settingAnswer{},
		Rules:    []ruleAnswer{}, Faults: faultsOf(faults, rules.PlatformAccount),
		Findings: findingsOf(proposal.Lint(written, w.now()), rules.PlatformAccount),
	}
	for _, field := range slices.Sorted(maps.Keys(written.Platform)) {
		text := written.Platform[field]
		value, err := rules.ParseValue(text)
		live := err == nil && !value.After.After(w.now()) && (value.Until.IsZero() || value.Until.After(w.now()))
		a.Rules = append(a.Rules, ruleAnswer{Match: field, Value: text, Account: a.ID, Live: live})
	}
	return a
}

func ruleAnswers(list []rules.RuleInfo) []ruleAnswer {
	answers := []ruleAnswer{}
	for _, r := range list {
		answers = append(answers, ruleAnswer{r.Match, r.Value, r.Account, r.Live, r.LockOnly})
	}
	return answers
}

func faultsOf(faults []rules.Fault, key string) []string {
	list := []string{}
	for _, f := range faults {
		if f.Key == key {
			list = append(list, f.Error())
		}
	}
	return list
}

func findingsOf(findings []rules.Finding, account string) []string {
	list := []string{}
	for _, f := range findings {
		if f.Account == account {
			list = append(list, f.String())
		}
	}
	return list
}

// orEmpty makes a list that JSON shows as [].
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (a accountAnswer) print(w *world) {
	fmt.Fprintf(w.out, "Account %s\n", printable(a.ID))
	if a.SuspendedBy != "" {
		fmt.Fprintf(w.out, "SUSPENDED by %s: everything is refused.\n", printable(a.SuspendedBy))
	}
	for _, line := range []struct {
		name string
		list []string
	}{{"Below", a.Parents}, {"Above", a.Children}, {"Binds", a.Binds}} {
		if len(line.list) > 0 {
			fmt.Fprintf(w.out, "%s: %s\n", line.name, printable(proposal.Some(line.list, 10)))
		}
	}
	if len(a.Settings) > 0 {
		fmt.Fprintln(w.out)
		t := newSheet(w.out, "setting", "value", "")
		for _, s := range a.Settings {
			t.add(s.Name, s.Value, mark(s.Default, "default"))
		}
		t.Render()
	}
	fmt.Fprintln(w.out)
	a.printRules(w)
	for _, fault := range a.Faults {
		fmt.Fprintln(w.out, "Not in force:", printable(fault))
	}
	for _, finding := range a.Findings {
		fmt.Fprintln(w.out, "Note:", printable(finding))
	}
}

func (a accountAnswer) printRules(w *world) {
	if len(a.Rules) == 0 {
		fmt.Fprintln(w.out, "No rule reaches it: everything is refused.")
		return
	}
	t := newSheet(w.out, "match", "action", "stands in", "")
	for _, r := range a.Rules {
		remarks := []string{regionName(regionOf(r.Match)), mark(r.LockOnly, "inherited as a lock only"), mark(!r.Live, "not in force now")}
		remarks = slices.DeleteFunc(remarks, func(s string) bool { return s == "" })
		t.add(r.Match, r.Value, r.Account, strings.Join(remarks, ", "))
	}
	t.Render()
}

func mark(is bool, text string) string {
	if is {
		return text
	}
	return ""
}
