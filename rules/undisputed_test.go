package rules

import (
	"fmt"
	"testing"
)

// openedOtherwise holds Openings against the decision about the same message; empty: it says nothing else.
func openedOtherwise(p *Policy, id string, q *Query, d *Decision) string {
	r, ok := p.Openings(p.Account(id)).Has(q.TON, q.NPI, q.Dest)
	asItIs := d.Verdict == Forward && d.Reason == RuleRegion && d.Action == Allow && !d.Monitored && !d.Rewrite
	if !ok || asItIs && r == d.Number.Region {
		return ""
	}
	return fmt.Sprintf("%s, %d/%d %q: %s is plainly open, decided %+v", id, q.TON, q.NPI, q.Dest, r, d)
}

// TestWhatDisputes opens a region and adds what may have a say in it: the verdict is as if each rule had been weighed, and
// only where nothing has a say the region is plainly open.
func TestWhatDisputes(t *testing.T) {
	t.Parallel()
	const plain, elsewhere = "nothing", "platform elsewhere"
	for name, test := range map[string]struct {
		account, platform []string // FR is open besides
		want              string
	}{
		plain:                 {nil, nil, "forward rule_region"},
		"any blocked":         {[]string{"any", "block"}, nil, "forward rule_region"},
		"any locked":          {[]string{"any", "lock"}, nil, "refuse locked"},
		"platform any locked": {nil, []string{"any", "lock"}, "refuse locked"},
		"platform locks it":   {nil, []string{"FR", "lock"}, "refuse locked"},
		elsewhere:             {nil, []string{"IR", "lock", "+33712", "lock"}, "forward rule_region"},
		"platform prefix":     {nil, []string{"+33612", "lock"}, "refuse locked"},
		"prefix":              {[]string{"+33612", "block"}, nil, "refuse rule_range"},
		"number":              {[]string{"=+33612345678", "block"}, nil, "refuse rule_number"},
		"class":               {[]string{"FR/mobile", "block"}, nil, "refuse rule_region"},
		"sender":              {[]string{"FR;from=ACME", "block"}, nil, "forward rule_region"},
		"classes":             {[]string{"classes", "fixed"}, nil, "refuse class_not_open"},
		"over":                {[]string{"FR", "allow until=1970-01-01T00:00:00Z"}, nil, "refuse default"},
		"observe":             {[]string{"FR", "observe"}, nil, "forward rule_region"},
	} {
		w := emptyWritten()
		w.Accounts = hashes("a", append([]string{"FR", "allow"}, test.account...)...)
		w.Platform = hashes("platform", test.platform...)["platform"]
		p := mustCompile(t, w)
		if got := verdict(p, "a", "33612345678"); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
		if _, ok := p.Openings(p.Account("a")).Has(1, 1, []byte("33612345678")); ok != (name == plain || name == elsewhere) {
			t.Errorf("%s: plainly open is %v", name, ok)
		}
	}
}

// TestOpeningsLack: what is not there, or does not spell an international number, is never plainly open.
func TestOpeningsLack(t *testing.T) {
	t.Parallel()
	w := emptyWritten()
	w.Accounts = hashes("a", "FR", "allow", "dial", "FR")
	p := mustCompile(t, w)
	if _, ok := p.Openings(p.Account("a")).Has(1, 1, []byte("33612345678")); !ok {
		t.Fatal("not even the usual is")
	}
	var none *Policy
	for name, ok := range map[string]func() bool{
		"no policy":    func() bool { _, ok := none.Openings(none.Account("a")).Has(1, 1, []byte("33612345678")); return ok },
		"zero policy":  func() bool { _, ok := new(Policy).Openings(p.Account("a")).Has(1, 1, []byte("33612345678")); return ok },
		"no account":   func() bool { _, ok := p.Openings(p.Account("b")).Has(1, 1, []byte("33612345678")); return ok },
		"TON 0":        func() bool { _, ok := p.Openings(p.Account("a")).Has(0, 1, []byte("33612345678")); return ok },
		"NPI 6":        func() bool { _, ok := p.Openings(p.Account("a")).Has(1, 6, []byte("33612345678")); return ok },
		"plus":         func() bool { _, ok := p.Openings(p.Account("a")).Has(1, 1, []byte("+33612345678")); return ok },
		"00":           func() bool { _, ok := p.Openings(p.Account("a")).Has(1, 1, []byte("0033612345678")); return ok },
		"trunk digit":  func() bool { _, ok := p.Openings(p.Account("a")).Has(1, 1, []byte("330612345678")); return ok },
		"short":        func() bool { _, ok := p.Openings(p.Account("a")).Has(1, 1, []byte("33612")); return ok },
		"other region": func() bool { _, ok := p.Openings(p.Account("a")).Has(1, 1, []byte("447400123456")); return ok },
	} {
		if ok() {
			t.Errorf("%s: plainly open", name)
		}
	}
}

// TestManyRulesAreRuledOut: however many prefixes an account blocks, most of what is open beside them is plainly open.
func TestManyRulesAreRuledOut(t *testing.T) {
	t.Parallel()
	for _, rules := range []int{10, 100, 10_000} {
		fields := []string{"GB", "allow"}
		for n := range rules {
			fields = append(fields, fmt.Sprintf("+4479%04d", n), "block")
		}
		w := emptyWritten()
		w.Accounts = hashes("a", fields...)
		p := mustCompile(t, w)
		openings, open := p.Openings(p.Account("a")), 0
		for n := range 1000 {
			if _, ok := openings.Has(1, 1, fmt.Appendf(nil, "4474%03d23456", n)); ok {
				open++
			}
		}
		if open < 850 {
			t.Errorf("%d rules: %d of 1,000 numbers are plainly open", rules, open)
		}
	}
}
