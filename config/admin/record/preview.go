package record

import (
	"cmp"
	"math"
	"slices"
	"time"

	"geogate/rules"
)

// Preview judges recorded destinations by two policies and counts where the verdicts differ.
type Preview struct {
	before, after *rules.Policy
	now           int64
	rows          map[group]*Row
	tried         Tried
}

// NewPreview compares two policies as they judge at a time.
func NewPreview(before, after *rules.Policy, now time.Time) *Preview {
	return &Preview{before: before, after: after, now: now.UnixNano(), rows: map[group]*Row{}}
}

// Tried is what a preview has looked at.
type Tried struct {
	First      time.Time `json:"first"` // of the entries; zero: there was none
	Last       time.Time `json:"last"`
	Refused    uint64    `json:"refused"`
	Forwarded  uint64    `json:"forwarded"`  // entries
	StandFor   uint64    `json:"stand_for"`  // messages that these stand for
	Largest    uint64    `json:"sample"`     // the most that one of them stands for
	Unjudgable uint64    `json:"unjudgable"` // entries without a destination of their own
}

// group is what one row counts.
type group struct {
	verdict                                      rules.Verdict
	account, region, prefix, reason, rule, holds string
}

// Row counts recorded messages whose verdict would change.
type Row struct {
	Verdict     string   `json:"verdict"` // that they would have
	Account     string   `json:"account"`
	Region      string   `json:"region"`
	Prefix      string   `json:"prefix"`
	Reason      string   `json:"reason"` // that they would have
	Rule        string   `json:"rule"`
	RuleAccount string   `json:"rule_account"`
	Messages    uint64   `json:"messages"` // an estimate where Margin is not 0
	Entries     uint64   `json:"entries"`  // of the record, from which Messages is
	Margin      uint64   `json:"margin"`   // Messages is right to this in 19 of 20 cases
	Samples     []string `json:"samples"`  // numbers, in full

	variance float64
}

// samplesKept is how many numbers a row shows.
const samplesKept = 3

// prefixDigits is how much of a number a row is about: the calling code, and where in it.
const prefixDigits = 5

// Add judges one entry.
func (p *Preview) Add(e *Entry) {
	p.count(e)
	if len(e.To) == 0 {
		p.tried.Unjudgable++
		return
	}
	q := rules.Query{Source: e.Source, TON: e.TON, NPI: e.NPI, Dest: e.To, Now: p.now}
	var before, after rules.Decision
	p.before.Decide(e.Account, &q, &before)
	p.after.Decide(e.Account, &q, &after)
	if before.Verdict != after.Verdict {
		p.row(e.Account, &after).add(e, &after)
	}
}

func (p *Preview) count(e *Entry) {
	if e.Kind == Refused {
		p.tried.Refused++
	} else {
		p.tried.Forwarded++
		p.tried.StandFor += e.Weight()
		p.tried.Largest = max(p.tried.Largest, e.Weight())
	}
	if p.tried.First.IsZero() || e.Time.Before(p.tried.First) {
		p.tried.First = e.Time
	}
	if e.Time.After(p.tried.Last) {
		p.tried.Last = e.Time
	}
}

// row finds the row of a new verdict.
func (p *Preview) row(account string, d *rules.Decision) *Row {
	number := d.Number.String()
	g := group{
		verdict: d.Verdict, account: account, region: d.Number.Region.String(),
		prefix: number[:min(len(number), 1+prefixDigits)], reason: d.Reason.String(),
	}
	if d.Rule != nil {
		g.rule, g.holds = d.Rule.Match(), d.Rule.Account()
	}
	r, ok := p.rows[g]
	if !ok {
		r = &Row{
			Verdict: g.verdict.String(), Account: g.account, Region: g.region, Prefix: g.prefix, Reason: g.reason,
			Rule: g.rule, RuleAccount: g.holds, Samples: []string{},
		}
		p.rows[g] = r
	}
	return r
}

func (r *Row) add(e *Entry, d *rules.Decision) {
	n := e.Weight()
	r.Messages += n
	r.Entries++
	r.variance += float64(n) * float64(n-1) // of a count of which one in n is drawn
	r.Margin = margin(r.variance)
	number := d.Number.String()
	if number == "" {
		number = string(e.To)
	}
	if len(r.Samples) < samplesKept && !slices.Contains(r.Samples, number) {
		r.Samples = append(r.Samples, number)
	}
}

// margin is twice the standard deviation.
func margin(variance float64) uint64 { return uint64(math.Ceil(2 * math.Sqrt(variance))) }

// Tried is what was looked at so far.
func (p *Preview) Tried() Tried { return p.tried }

// Rows lists the messages that would get a verdict, those rows first that stand for the most.
func (p *Preview) Rows(verdict rules.Verdict) []Row {
	list := []Row{}
	for g, r := range p.rows {
		if g.verdict == verdict {
			list = append(list, *r)
		}
	}
	slices.SortFunc(list, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Account, b.Account),
			cmp.Compare(a.Prefix, b.Prefix), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.RuleAccount, b.RuleAccount))
	})
	return list
}

// Sum adds rows up: messages, and the margin of their sum.
func Sum(rows []Row) (messages, within uint64) {
	variance := 0.0
	for _, r := range rows {
		messages += r.Messages
		variance += r.variance
	}
	return messages, margin(variance)
}
