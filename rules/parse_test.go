package rules

import (
	"testing"
	"time"

	"geogate/rules/numplan"
)

func TestRungs(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]Rung{
		"=+447970123456": RungNumber, "short:55555": RungNumber, "+4479": RungRange, "+447": RungRange, "+12": RungRange,
		"+1876": RungRange, "GB": RungRegion, "XK": RungRegion, "+44": RungCode, "+1": RungCode, "+4": RungCode,
		"+88": RungCode, "+881": RungCode, "+8816": RungRange, "+7": RungCode, "+77": RungRange, "+210": RungCode,
		"+2101": RungRange, "any": RungAny,
	} {
		m, err := ParseMatch(numplan.Default(), field)
		if err != nil || m.Rung != want {
			t.Errorf("%s: rung %d, %v; want %d", field, m.Rung, err, want)
		}
	}
}

func TestSendersAreExactOctets(t *testing.T) {
	t.Parallel()
	m, err := ParseMatch(numplan.Default(), "GB/mobile;from=A/B;from=C D")
	if err != nil || m.Sender != "A/B;from=C D" || m.Class != numplan.Mobile || m.Region.String() != "GB" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestValuesRoundTrip(t *testing.T) {
	t.Parallel()
	v := Value{Action: Lock, After: time.Unix(1, 0).UTC(), Until: time.Unix(2, 0).UTC(), Reason: `a "quoted" \ reason`, By: "ops"}
	got, err := ParseValue(v.String())
	if err != nil || got != v {
		t.Errorf("%q reads as %+v, %v", v.String(), got, err)
	}
}

func FuzzParseMatch(f *testing.F) {
	for _, seed := range []string{"=+447970123456", "short:1", "+4479/mobile;from=X", "GB", "@a", "any", "/", ";from=", "+"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		m, err := ParseMatch(numplan.Default(), field)
		if err != nil {
			return
		}
		newRuleset([]*Rule{{field: field, match: m}}, func(string) []Match { return nil })
	})
}

func FuzzParseValue(f *testing.F) {
	for _, seed := range []string{"allow", `lock until=2026-11-24T10:00:00Z reason="x"`, `block by="a\"b"`, "observe  after=2026-11-24T10:00:00+01:00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseValue(text)
		if err != nil {
			return
		}
		again, err := ParseValue(v.String())
		if err != nil || again.Action != v.Action || again.Reason != v.Reason || again.By != v.By || again.String() != v.String() {
			t.Errorf("%q reads as %+v, which reads as %+v, %v", text, v, again, err)
		}
	})
}

func FuzzSettings(f *testing.F) {
	for _, seed := range [][2]string{{"home", "+447400123456"}, {"dial.idd", "00,011"}, {"reject.default", "0x45"}, {"classes", "mobile"}, {"from", "x"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, field, value string) {
		w := emptyWritten()
		w.Accounts["a"] = map[string]string{field: value}
		p, faults := Compile(numplan.Default(), w)
		var d Decision
		p.Decide("a", &Query{TON: 0, NPI: 1, Dest: []byte("447400123456"), Now: 1}, &d)
		if len(faults) > 0 && d.Verdict == Forward {
			t.Errorf("%q=%q has the fault %v and forwards", field, value, faults)
		}
		if d.Verdict == Refuse && d.Status == 0 {
			t.Errorf("%q=%q: a refusal with the status of success", field, value)
		}
	})
}

// TestReasonsAreOneVocabulary holds each reason to a name of its own, and to a status that is an error.
func TestReasonsAreOneVocabulary(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range Reasons() {
		name := r.String()
		if got, ok := ParseReason(name); !ok || got != r || name == "" || seen[name] || r.Status() == 0 {
			t.Errorf("reason %d: name %q, read as %v %v, status %d", r, name, got, ok, r.Status())
		}
		seen[name] = true
	}
	for p := numplan.MalformedDest; p <= numplan.NoncanonicalDest; p++ {
		if !seen[p.String()] {
			t.Errorf("the problem %q is no reason", p)
		}
	}
}
