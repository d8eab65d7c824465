package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"geogate/rules"
	"geogate/rules/numplan"
	"geogate/smpp"
)

// checkCmd asks the engine of the proxy.
type checkCmd struct {
	Dest string `arg:"" optional:"" help:"Destination as it stands in a PDU."`
	policyFlags
	Account string    `short:"a" help:"Account that sends."`
	From    string    `help:"source_addr."`
	TON     byte      `name:"ton" default:"1" help:"dest_addr_ton (default 1, international)."`
	NPI     byte      `name:"npi" default:"1" help:"dest_addr_npi (default 1, E.164)."`
	At      time.Time `help:"At this time instead of now, as 2026-12-01T00:00:00Z." placeholder:"TIME"`
	Explain bool      `help:"Show every rule that was looked at."`
	JSON    bool      `name:"json" help:"Answer in JSON."`
	Batch   string    `help:"${batch_help}" placeholder:"FILE"`
}

// checkAnswer is one answer of check.
type checkAnswer struct {
	Verdict     string `json:"verdict"`
	Reason      string `json:"reason"`
	Rule        string `json:"rule,omitempty"`
	RuleAccount string `json:"rule_account,omitempty"`
	Number      string `json:"number,omitempty"`
	Region      string `json:"region,omitempty"`
	Class       string `json:"class,omitempty"`
	Monitored   bool   `json:"monitored"`
	Revision    uint64 `json:"revision"`
	Status      uint32 `json:"status,omitempty"`
	StatusName  string `json:"status_name,omitempty"`
}

func newCheckAnswer(d *rules.Decision) checkAnswer {
	a := checkAnswer{
		Verdict: d.Verdict.String(), Reason: d.Reason.String(), Monitored: d.Monitored, Revision: d.Revision,
	}
	if d.Rule != nil {
		a.Rule, a.RuleAccount = d.Rule.Match(), d.Rule.Account()
	}
	if number := d.Number.String(); number != "" {
		a.Number, a.Region, a.Class = number, d.Number.Region.String(), d.Number.Class.String()
	}
	if d.Status != 0 {
		a.Status, a.StatusName = d.Status, smpp.Status(d.Status).String()
	}
	return a
}

// Run answers one question with its exit code, or a batch.
func (c *checkCmd) Run(ctx context.Context, w *world) error {
	if (c.Dest == "") == (c.Batch == "") {
		return fmt.Errorf("give a destination or --batch FILE")
	}
	if c.Batch == "" && c.Account == "" {
		return fmt.Errorf("give the account that sends: --account ID")
	}
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	policy, faults := rules.Compile(numplan.Default(), written)
	for _, fault := range faults {
		fmt.Fprintln(w.err, "geogate: not in force:", fault)
	}
	if c.Batch != "" {
		return c.batch(w, policy)
	}
	return c.one(w, policy)
}

// batch answers lines as fast as they come: an account is looked up once, and nothing is allocated for a
// usual line.
func (c *checkCmd) batch(w *world, policy *rules.Policy) error {
	usual := question{account: []byte(c.Account), source: []byte(c.From), ton: c.TON, npi: c.NPI}
	if !c.At.IsZero() {
		usual.at = []byte(c.At.Format(time.RFC3339Nano))
	}
	accounts := map[string]*rules.Account{}
	var q question
	var d rules.Decision
	return batch{answer: func(dst, line []byte) ([]byte, error) {
		q = usual
		if err := q.parse(line); err != nil {
			return dst, err
		}
		switch {
		case len(q.account) == 0:
			return dst, fmt.Errorf("account is missing: name it in the line or with --account")
		case q.dest == nil:
			return dst, errNoDest
		}
		now, err := q.when(w.now)
		if err != nil {
			return dst, err
		}
		account, known := accounts[string(q.account)]
		if !known {
			id := string(q.account)
			account = policy.Account(id)
			accounts[id] = account
		}
		policy.DecideFor(account, &rules.Query{Source: q.source, TON: q.ton, NPI: q.npi, Dest: q.dest, Now: now}, &d)
		return appendDecision(dst, &d), nil
	}}.run(w, c.Batch)
}

// appendDecision appends what json.Marshal makes of newCheckAnswer.
func appendDecision(dst []byte, d *rules.Decision) []byte {
	dst = appendMember(dst, "verdict", d.Verdict.String())
	dst = appendMember(dst, "reason", d.Reason.String())
	if d.Rule != nil {
		dst = appendMember(dst, "rule", d.Rule.Match())
		dst = appendMember(dst, "rule_account", d.Rule.Account())
	}
	dst = appendNumber(dst, &d.Number)
	dst = append(dst, `,"monitored":`...)
	dst = strconv.AppendBool(dst, d.Monitored)
	dst = append(dst, `,"revision":`...)
	dst = strconv.AppendUint(dst, d.Revision, 10)
	if d.Status != 0 {
		dst = strconv.AppendUint(append(dst, `,"status":`...), uint64(d.Status), 10)
		dst = appendMember(dst, "status_name", smpp.Status(d.Status).String())
	}
	return append(dst, '}')
}

func (c *checkCmd) one(w *world, policy *rules.Policy) error {
	at := c.At
	if at.IsZero() {
		at = w.now()
	}
	e := policy.Explain(c.Account, &rules.Query{
		Source: []byte(c.From), TON: c.TON, NPI: c.NPI, Dest: []byte(c.Dest), Now: at.UnixNano(),
	})
	if err := c.print(w, &e); err != nil {
		return err
	}
	if e.Verdict != rules.Forward {
		return exitCode(exitRefused)
	}
	return nil
}

// explain lists the rules that match, the narrowest first.
func explain(list []rules.Candidate) []string {
	list = slices.SortedStableFunc(slices.Values(list), func(a, b rules.Candidate) int {
		return cmp.Or(cmp.Compare(b.Rung, a.Rung), cmp.Compare(a.Rule.Match(), b.Rule.Match()),
			cmp.Compare(a.Rule.Account(), b.Rule.Account()))
	})
	steps := make([]string, len(list))
	for i, candidate := range list {
		steps[i] = candidate.String()
	}
	return steps
}

func (c *checkCmd) print(w *world, e *rules.Explanation) error {
	a := newCheckAnswer(&e.Decision)
	var steps []string
	if c.Explain {
		steps = explain(e.Candidates)
	}
	if c.JSON {
		return json.NewEncoder(w.out).Encode(struct {
			checkAnswer
			Candidates []string `json:"candidates,omitempty"`
		}{a, steps})
	}
	number := a.Number
	if number == "" {
		number = fmt.Sprintf("%q", c.Dest)
	}
	fmt.Fprintf(w.out, "%s: %s %s", a.Verdict, number, withName(a.Region))
	if a.Class != "" {
		fmt.Fprintf(w.out, " %s", a.Class)
	}
	fmt.Fprintf(w.out, "\nreason: %s\n", a.Reason)
	if a.Rule != "" {
		fmt.Fprintf(w.out, "rule: %s of %s\n", a.Rule, a.RuleAccount)
	}
	if e.Verdict == rules.Refuse {
		fmt.Fprintf(w.out, "command_status: %s\n", smpp.Status(e.Status))
	}
	if e.Monitored {
		fmt.Fprintln(w.out, "monitored: forwarded although refused, since the account has status=monitor")
	}
	if e.Rewrite {
		fmt.Fprintf(w.out, "forwarded as: %s with TON 1, NPI 1\n", e.Number.Digits())
	}
	for _, step := range steps {
		fmt.Fprintf(w.out, "  %s\n", step)
	}
	return nil
}
