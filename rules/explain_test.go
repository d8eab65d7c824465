package rules

import (
	"testing"

	"geogate/rules/numplan"
)

// TestFates asks what became of one rule beside others.
func TestFates(t *testing.T) {
	t.Parallel()
	const generic = "a narrower or nearer rule wins"
	above := map[string]map[string]string{
		"p": {"FR": "allow", "GB": "block", "US": "lock until=2000-01-01T00:00:00Z"},
	}
	for name, c := range map[string]struct {
		hash       []string
		dest, fate string
		of         string // whose fate
	}{
		"decides":             {[]string{"GB", "allow"}, toGB, "decides", "GB"},
		"rung":                {[]string{"GB", "allow", "+44", "block"}, toGB, generic, "+44"},
		"length":              {[]string{"+447", "allow", "+4474", "block"}, toGB, generic, "+447"},
		"class":               {[]string{"GB", "allow", "GB/mobile", "block"}, toGB, "a rule that names the class wins", "GB"},
		"sender":              {[]string{"GB", "allow", "GB;from=ACME", "block"}, toGB, "a rule that names the sender wins", "GB"},
		"direct":              {[]string{"GB", "allow", "@uk", "block"}, toGB, "a rule that names the destination itself wins", "@uk"},
		"block":               {[]string{"@uk", "block", "@gb", "allow"}, toGB, "a block comes before it", "@gb"},
		"name":                {[]string{"@uk", "trust", "@gb", "allow"}, toGB, "a rule of the same rank comes before it by name", "@uk"},
		"nearer":              {[]string{"parent", "p", "FR", "block"}, toFR, generic, "p FR"},
		"inherit":             {[]string{"parent", "p", "inherit", "no"}, toFR, beyond, "p FR"},
		"class is shut":       {[]string{"GB", "allow"}, "449001234567", "its class is not open", "GB"},
		"another class":       {[]string{"GB/premium", "allow"}, toGB, "for another class", "GB/premium"},
		"another sender":      {[]string{"GB;from=X", "allow"}, toGB, "for another sender", "GB;from=X"},
		"expired":             {[]string{"GB", "allow until=2000-01-01T00:00:00Z"}, toGB, "not live at that time", "GB"},
		"home gives way":      {[]string{"home", "GB", "GB", "block"}, toGB, "the account has a rule that names the region", "home"},
		"locked":              {[]string{"GB", "allow", "+44", "lock"}, toGB, "a lock stops everything", "GB"},
		"the lock":            {[]string{"GB", "allow", "+44", "lock"}, toGB, "decides", "+44"},
		"pair":                {[]string{"US", "allow"}, "12125550123", "wins, but US and CA need each other, and the other is not open", "US"},
		"monitored":           {[]string{"status", "monitor", "GB", "block"}, toGB, "decides", "GB"},
		"lock of a short":     {[]string{"short:55555", "lock"}, "55555", "it opens no short code", "short:55555"},
		"block of a short":    {[]string{"short:55555", "block"}, "55555", "it opens no short code", "short:55555"},
		"suspended short":     {[]string{"short:55555", "allow", "status", "suspended"}, "55555", "the account is suspended", "short:55555"},
		"any and a short":     {[]string{"short:55555", "allow", "any", "block"}, "55555", beyond, "any"},
		"the best in a group": {[]string{"@both", "allow", "FR", "block"}, toFR, "decides", "@both"},
	} {
		w := Written{Accounts: hashes("a", c.hash...), Groups: map[string][]string{
			"uk": {"GB"}, "gb": {"GB"}, "both": {"FR", "+336"},
		}}
		w.Accounts["p"] = above["p"]
		p, faults := Compile(numplan.Default(), w)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		e := p.Explain("a", &Query{TON: 1, NPI: 1, Dest: []byte(c.dest), Source: []byte("ACME"), Now: someTime})
		found := false
		for _, candidate := range e.Candidates {
			where := candidate.Rule.Match()
			if at := candidate.Rule.Account(); at != "a" {
				where = at + " " + where
			}
			if where == c.of {
				found = true
				if candidate.Fate != c.fate {
					t.Errorf("%s: %s, want %q", name, candidate, c.fate)
				}
			}
		}
		if !found {
			t.Errorf("%s: %q is not told of: %v", name, c.of, e.Candidates)
		}
	}
}
