package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"geogate/config/admin/record"
	"geogate/rules"
	"geogate/rules/numplan"
	"geogate/smpp"
)

// auditTailCmd shows recent refusals.
type auditTailCmd struct {
	recordFlags
	Lines    int    `short:"n" default:"20" help:"How many, the latest last."`
	Account  string `help:"Only those of this account." placeholder:"ACCOUNT"`
	Bind     string `help:"Only those of this system_id." placeholder:"SYSTEM_ID"`
	Region   string `help:"Only those to this region." placeholder:"REGION"`
	Reason   string `help:"Only those for this reason." placeholder:"REASON"`
	Number   string `help:"Only those to numbers that begin so, as +3361." placeholder:"PREFIX"`
	Forwards bool   `help:"Recorded forwards too."`
	JSON     bool   `name:"json" help:"JSON lines, as they are recorded but for the hash."`
}

// Run prints the last entries that fit.
func (c *auditTailCmd) Run(w *world) error {
	if err := c.check(); err != nil {
		return err
	}
	var list []record.Entry
	tally, err := c.read(w, func(e *record.Entry) bool {
		if c.fits(e) {
			list = append(list, *e)
			list[len(list)-1].Source, list[len(list)-1].To = slices.Clone(e.Source), slices.Clone(e.To)
			if len(list) >= 2*c.Lines+1024 {
				list = c.latest(list)
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	tellTally(w, tally)
	return c.print(w, c.latest(list))
}

// check finds a filter that nothing can fit.
func (c *auditTailCmd) check() error {
	if c.Lines < 1 {
		return fmt.Errorf("--lines %d: at least 1 is needed", c.Lines)
	}
	if _, ok := numplan.ParseRegion(strings.ToUpper(c.Region)); !ok && c.Region != "" {
		return fmt.Errorf("--region %q: no such region; two letters of ISO 3166 are needed, as FR", c.Region)
	}
	if _, ok := rules.ParseReason(c.Reason); !ok && c.Reason != "" {
		names := []string{}
		for _, r := range rules.Reasons() {
			names = append(names, r.String())
		}
		return fmt.Errorf("--reason %q: the reasons are %s", c.Reason, strings.Join(names, ", "))
	}
	return nil
}

func (c *auditTailCmd) fits(e *record.Entry) bool {
	return (c.Forwards || e.Kind == record.Refused) &&
		(c.Account == "" || e.Account == c.Account) && (c.Bind == "" || e.Bind == c.Bind) &&
		(c.Region == "" || strings.EqualFold(e.Region, c.Region)) && (c.Reason == "" || e.Reason == c.Reason) &&
		strings.HasPrefix(e.Number, c.Number)
}

// latest keeps the last entries by their time: several processes can have recorded side by side.
func (c *auditTailCmd) latest(list []record.Entry) []record.Entry {
	slices.SortStableFunc(list, func(a, b record.Entry) int { return a.Time.Compare(b.Time) })
	return slices.Delete(list, 0, max(0, len(list)-c.Lines))
}

func (c *auditTailCmd) print(w *world, list []record.Entry) error {
	if c.JSON {
		lines := json.NewEncoder(w.out)
		lines.SetEscapeHTML(false)
		for i := range list {
			e := &list[i]
			e.Number, e.To = c.number(e.Number), record.Octets(c.number(string(e.To)))
			if err := lines.Encode(e); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		fmt.Fprintf(w.out, "No such refusal in the last %v.\n", c.Since)
		return nil
	}
	t := newSheet(w.out, "time", "account", "bind", "seq", "to", "region", "class", "reason", "rule", "status")
	for i := range list {
		e := &list[i]
		t.add(e.Time.UTC().Format(time.RFC3339), e.Account, e.Bind, fmt.Sprint(e.Sequence), c.dest(e), absent(e.Region),
			absent(e.Class), e.Reason, absent(e.Rule), verdictOf(e))
	}
	t.Render()
	return nil
}

// dest is the number, or where there is none, what stood in its place.
func (c *auditTailCmd) dest(e *record.Entry) string {
	if e.Number != "" {
		return c.number(e.Number)
	}
	return absent(c.number(string(e.To)))
}

func verdictOf(e *record.Entry) string {
	switch {
	case e.Kind == record.Refused:
		return smpp.Status(e.Status).String()
	case e.Monitored:
		return "forwarded, monitored"
	default:
		return "forwarded"
	}
}
