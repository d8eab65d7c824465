package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"geogate/config/admin/proposal"
	"geogate/config/admin/record"
	"geogate/config/store"
	"geogate/rules"
)

// whatifCmd puts what was recorded to a changed policy.
type whatifCmd struct {
	policyFlags
	recordFlags
	Change string `required:"" help:"The change: a file as of policy export; the accounts, binds and groups that it names are meant whole." placeholder:"FILE" type:"existingfile"`
	Prune  bool   `help:"Also delete what the file does not name, as policy import --prune does."`
	Rows   int    `default:"20" help:"How many rows of each table to show."`
	JSON   bool   `name:"json" help:"Answer in JSON, with all rows."`
}

// whatifAnswer is the answer of whatif.
type whatifAnswer struct {
	Tried      record.Tried   `json:"tried"`
	Missing    uint64         `json:"missing"`    // events that the record says it does not hold
	Unreadable uint64         `json:"unreadable"` // lines
	Changes    []store.Change `json:"changes"`
	Refused    []record.Row   `json:"newly_refused"`
	Opened     []record.Row   `json:"newly_forwarded"`
}

// Run compiles both policies, puts every recorded destination to them, and tells where the verdicts differ.
func (c *whatifCmd) Run(ctx context.Context, w *world) error {
	p, err := c.proposal(ctx, w)
	if err != nil {
		return err
	}
	preview := record.NewPreview(p.Before, p.After, w.now())
	tally, err := c.read(w, func(e *record.Entry) bool {
		preview.Add(e)
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	a := whatifAnswer{
		Tried: preview.Tried(), Missing: tally.Missing, Unreadable: tally.Unreadable, Changes: p.Changes,
		Refused: c.shown(preview.Rows(rules.Refuse)), Opened: c.shown(preview.Rows(rules.Forward)),
	}
	if c.JSON {
		return printJSON(w.out, a)
	}
	tellTally(w, tally)
	c.print(w, &a)
	return nil
}

// proposal reads the policy and the change. One that could not be in force is refused, as import refuses it.
func (c *whatifCmd) proposal(ctx context.Context, w *world) (*proposal.Proposal, error) {
	file, err := store.LoadFile(c.Change)
	if err != nil {
		return nil, err
	}
	from, err := c.load(ctx, w)
	if err != nil {
		return nil, err
	}
	to := proposal.Clone(from)
	if c.Prune {
		to = proposal.Clone(file)
	} else {
		merge(&to, file)
	}
	p := proposal.Compile(from, to)
	return p, p.Refusal()
}

// shown hides of the numbers what is not to be shown.
func (c *whatifCmd) shown(rows []record.Row) []record.Row {
	for _, r := range rows {
		for i, number := range r.Samples {
			r.Samples[i] = c.number(number)
		}
	}
	return rows
}

func (c *whatifCmd) print(w *world, a *whatifAnswer) {
	t := a.Tried
	if t.Refused+t.Forwarded == 0 {
		fmt.Fprintf(w.out, "The record holds nothing of the last %v.\n", c.Since)
		return
	}
	printDifference(w, a.Changes)
	fmt.Fprintf(w.out, "Recorded from %s to %s: %s, %s%s.\n",
		moment(t.First), moment(t.Last), many(t.Refused, "refusal"), many(t.Forwarded, "forward"), standing(t))
	if t.Unjudgable > 0 {
		fmt.Fprintf(w.out, "Without a destination that could be judged, as distribution lists and broadcasts: %d of them.\n",
			t.Unjudgable)
	}
	c.table(w, "refused", a.Refused)
	c.table(w, "let through", a.Opened)
	printUnseen(w, t)
}

// standing says of sampled forwards how many messages they are of.
func standing(t record.Tried) string {
	if t.Largest <= 1 {
		return ""
	}
	return fmt.Sprintf(" that stand for about %d, up to %d each", t.StandFor, t.Largest)
}

// printUnseen says what the sample cannot tell.
func printUnseen(w *world, t record.Tried) {
	switch {
	case t.Forwarded == 0:
		fmt.Fprintln(w.out, "The record holds no forwards of this time: what would newly be refused of them cannot be told. "+
			"record.sample says how many are recorded.")
	case t.Largest > 1:
		// Of 3n messages, each drawn with odds of 1 in n, none is drawn in 1 of 20 cases.
		fmt.Fprintf(w.out, "Numbers with ~ are estimates from a sample, right to what stands behind in 19 of 20 cases. "+
			"Fewer than %d messages that a row would be about may have left no trace.\n", 3*t.Largest)
	}
}

func (c *whatifCmd) table(w *world, what string, rows []record.Row) {
	if len(rows) == 0 {
		fmt.Fprintf(w.out, "Newly %s: none of what was recorded.\n", what)
		return
	}
	sum, within := record.Sum(rows)
	fmt.Fprintf(w.out, "Newly %s: %s messages\n", what, estimate(sum, within))
	t := newSheet(w.out, "messages", "account", "region", "prefix", "because", "numbers")
	for _, r := range rows[:min(len(rows), c.Rows)] {
		because := r.Reason
		if r.Rule != "" {
			because += " (" + r.Rule + " of " + r.RuleAccount + ")"
		}
		t.add(estimate(r.Messages, r.Margin), r.Account, absent(r.Region), absent(r.Prefix), because,
			strings.Join(r.Samples, " "))
	}
	t.Render()
	if more := len(rows) - c.Rows; more > 0 {
		fmt.Fprintf(w.out, "and %d more rows: --rows or --json shows them\n", more)
	}
}

// estimate is a number with what it may be wrong by: "~12000 ±3500", or "34".
func estimate(n, within uint64) string {
	if within == 0 {
		return strconv.FormatUint(n, 10)
	}
	return fmt.Sprintf("~%d ±%d", n, within)
}
