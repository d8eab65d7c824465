package rules

import "testing"

// TestWhatDisputes opens a region and adds what may have a say in it: the verdict is as if each rule had been weighed.
func TestWhatDisputes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		account, platform []string // FR is open besides
		want              string
	}{
		"nothing":             {nil, nil, "forward rule_region"},
		"any blocked":         {[]string{"any", "block"}, nil, "forward rule_region"},
		"any locked":          {[]string{"any", "lock"}, nil, "refuse locked"},
		"platform any locked": {nil, []string{"any", "lock"}, "refuse locked"},
		"platform locks it":   {nil, []string{"FR", "lock"}, "refuse locked"},
		"platform elsewhere":  {nil, []string{"IR", "lock", "+33712", "lock"}, "forward rule_region"},
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
	}
}
