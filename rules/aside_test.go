package rules

import (
	"strings"
	"testing"
	"time"

	"geogate/rules/numplan"
)

func TestParseAside(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]Aside{
		"drain":                       {},
		" drain  sessions=keep":       {},
		"drain sessions=end":          {EndSessions: true},
		`drain reason="x y" by="ops"`: {Reason: "x y", By: "ops"},
		"drain after=2026-11-01T00:00:00Z until=2026-12-01T00:00:00Z": {
			After: until.AddDate(0, -1, 0), Until: until,
		},
	} {
		got, err := ParseAside(text)
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
		if again, err := ParseAside(got.String()); err != nil || again != got {
			t.Errorf("%q, written as %q, is %+v, %v", text, got, again, err)
		}
	}
	for text, want := range map[string]string{
		"":                         "is not drain",
		"block":                    "is not drain",
		"drain sessions=now":       "neither end nor keep",
		"drain sessions":           "is not until=T",
		"drain until=tomorrow":     "RFC 3339",
		"drain by=a by=b":          "twice",
		"drain colour=red":         "none of",
		"drain sessions=end sesso": "is not until=T",
		"drain after=2026-12-01T00:00:00Z until=2026-11-01T00:00:00Z": "not before until",
	} {
		if _, err := ParseAside(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestAsideInForce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text string
		want bool
	}{
		{"drain", true},
		{"drain until=2026-11-24T00:00:01Z", true},
		{"drain until=2026-11-24T00:00:00Z", false},
		{"drain after=2026-11-24T00:00:00Z", true},
		{"drain after=2026-11-24T00:00:01Z", false},
		{"drain until=9999-01-01T00:00:00Z", true},
	} {
		a, err := ParseAside(c.text)
		if err != nil || a.InForce(now) != c.want {
			t.Errorf("%q in force: %v, %v", c.text, a.InForce(now), err)
		}
	}
}

// TestAsidesKeepTheirLastGoodForm breaks a hash in each way: what was ordered before must hold, and other
// message centres go on.
func TestAsidesKeepTheirLastGoodForm(t *testing.T) {
	t.Parallel()
	const a, b = "192.0.2.1:2775", "[2001:db8::1]:2775"
	for field, value := range map[string]string{a: "drian", "nowhere": "drain", "x:99999": "drain", "::1:5": "drain"} {
		c := NewCompiler(numplan.Default())
		c.Update(Update{Upstreams: map[string]map[string]string{"mc": {a: "drain sessions=end", b: "drain"}}})
		p, faults := c.Update(Update{Upstreams: map[string]map[string]string{
			"mc": {field: value}, "other": {b: "drain"},
		}})
		if len(faults) != 1 || faults[0].Key != "upstream:mc" || faults[0].Field != field || faults[0].Cure == "" {
			t.Errorf("%s %s: faults %v", field, value, faults)
		}
		if got, ok := p.Aside("mc", a); !ok || !got.EndSessions {
			t.Errorf("%s %s: the order is now %+v, %v", field, value, got, ok)
		}
		if _, ok := p.Aside("other", b); !ok {
			t.Error("a faulty hash held up another one")
		}
		if good := c.Written().Upstreams["mc"]; good[a] != "drain sessions=end" || len(good) != 2 {
			t.Errorf("kept as last good: %v", good)
		}
		p, faults = c.Update(Update{Upstreams: map[string]map[string]string{"mc": nil}})
		if _, ok := p.Aside("mc", a); ok || len(faults) != 0 || len(p.AsideUpstreams()) != 1 {
			t.Errorf("deleted, there are still %v, faults %v", p.Asides("mc"), faults)
		}
	}
}

func TestLintTellsOfAsidesThatAreOver(t *testing.T) {
	t.Parallel()
	p, _ := Compile(numplan.Default(), Written{Upstreams: map[string]map[string]string{"mc": {
		"a:1": "drain until=2026-11-01T00:00:00Z", "b:1": "drain until=2026-12-01T00:00:00Z", "c:1": "drain",
	}}})
	findings := p.Lint(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))
	if len(findings) != 1 || findings[0].String() != `upstream:mc, "a:1": expired: it does nothing any more` {
		t.Errorf("found %v", findings)
	}
}

// FuzzAside reads any order about an address. What is read is written so that it reads as the same.
func FuzzAside(f *testing.F) {
	for _, seed := range []string{
		"drain", "drain sessions=end until=2026-12-01T00:00:00Z", `drain reason="a \"b\"" by="x"`, "drian", "drain after=never",
		"drain sessions=end sessions=keep", "drain until=2026-12-01T00:00:00Z after=2027-12-01T00:00:00+02:00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAside(text)
		if err != nil {
			if a != (Aside{}) || err.Error() == "" {
				t.Fatalf("%q: %+v, %q", text, a, err)
			}
			return
		}
		again, err := ParseAside(a.String())
		if err != nil || again.String() != a.String() || again.EndSessions != a.EndSessions ||
			!again.Until.Equal(a.Until) || !again.After.Equal(a.After) || again.Reason != a.Reason || again.By != a.By {
			t.Fatalf("%q reads as %+v, written as %q, which reads as %+v, %v", text, a, a.String(), again, err)
		}
		if a.InForce(time.Unix(0, 0)) && !a.After.IsZero() && a.After.After(time.Unix(0, 0)) {
			t.Fatalf("%q is in force before its time", text)
		}
	})
}
