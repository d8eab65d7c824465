package rules

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"geogate/rules/numplan"
)

// readWritten reads a policy of lines "key, field, value" with tabs between; of a group's line the field is a
// member. Every account of the tests is there.
func readWritten(text string) Written {
	w := emptyWritten()
	for line := range strings.Lines(text) {
		key, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		field, value, _ := strings.Cut(rest, "\t")
		kind, id, _ := strings.Cut(key, ":")
		switch kind {
		case "account":
			put(w.Accounts, id, field, value)
		case "bind":
			put(w.Binds, id, field, value)
		case "group":
			if !slices.Contains(w.Groups[id], field) {
				w.Groups[id] = append(w.Groups[id], field)
			}
		default:
			if w.Platform == nil {
				w.Platform = map[string]string{}
			}
			w.Platform[field] = value
		}
	}
	return w
}

func put(hashes map[string]map[string]string, id, field, value string) {
	if hashes[id] == nil {
		hashes[id] = map[string]string{}
	}
	hashes[id][field] = value
}

// FuzzPolicy compiles policies and asks them. What is written wrongly is a fault that says so, and the account
// refuses; what is written well is decided as the oracle decides it, explained as it is decided, and described
// as it was written.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{
		"account:low\thome\tGB\naccount:low\tparent\ttop\naccount:top\tFR\tblock\n",
		"account:low\t@near\tallow\ngroup:near\tFR\ngroup:near\t+4479\nplatform\t+33\tlock until=2030-01-01T00:00:00Z\n",
		"account:low\tnanp\texact\naccount:low\tUS\tallow\naccount:low\t+1/mobile;from=Acme\tobserve by=\"x\"\n",
		"bind:low\taccount\tlow\nbind:low\tfrom\t10.0.0.0/8\nbind:low\ttps\t2.5\nbind:low\tmax_binds\t-1\n",
		"account:low\tstatus\tmonitor\naccount:low\tinherit\tno\naccount:low\tparent\tlow\naccount:low\tshort:123\tallow\n",
		"account:low\tclasses\tmobile,premium\naccount:low\treject.default\tESME_RSYSERR\naccount:low\tdial.idd\t011\n",
	} {
		f.Add(seed, byte(1), byte(1), []byte("447970123456"), int64(1_800_000_000))
		f.Add(seed, byte(0), byte(1), []byte("0033612345678"), int64(1))
	}
	f.Fuzz(func(t *testing.T, text string, ton, npi byte, dest []byte, now int64) {
		now %= 4_000_000_000 // of the years that RFC 3339 can name
		w := readWritten(text)
		p, faults := Compile(numplan.Default(), w)
		broken := map[string]bool{}
		for _, fault := range faults {
			if broken[fault.Key] = true; fault.Key == "" || fault.Problem == "" {
				t.Fatalf("a fault that does not say what: %+v", fault)
			}
		}
		o := oracle{numplan.Default(), w}
		q := &Query{TON: ton, NPI: npi, Dest: dest, Source: []byte("Acme"), Now: now * int64(time.Second)}
		for id, hash := range w.Accounts {
			var d Decision
			p.Decide(id, q, &d)
			if broken["account:"+id] && d.Verdict == Forward {
				t.Fatalf("%q is faulty and forwards: %+v", id, d)
			}
			if d.Verdict == Refuse && d.Status == 0 {
				t.Fatalf("%q refuses with the status of success: %+v", id, d)
			}
			if otherwise := openedOtherwise(p, id, q, &d); otherwise != "" {
				t.Fatal(otherwise)
			}
			if e := p.Explain(id, q); !reflect.DeepEqual(e.Decision, d) {
				t.Fatalf("explained as %+v, decided %+v", e.Decision, d)
			}
			if len(faults) > 0 {
				continue
			}
			got := answered{verdict: d.Verdict, reason: d.Reason, monitored: d.Monitored}
			if d.Rule != nil {
				got.rule, got.account = d.Rule.Match(), d.Rule.Account()
			}
			if want := o.decide(id, q); got != want {
				t.Fatalf("%q: %+v, the oracle says %+v", id, got, want)
			}
			if again := described(t, p, id, hash); !maps.Equal(again, hash) {
				t.Fatalf("%q is written %q and described as %q", id, hash, again)
			}
		}
	})
}

// described is an account's hash as its description has it.
func described(t *testing.T, p *Policy, id string, hash map[string]string) map[string]string {
	d, ok := p.Describe(id, hash, time.Unix(0, 0))
	if !ok {
		t.Fatalf("%q cannot be described", id)
	}
	again := map[string]string{}
	for _, r := range d.Rules {
		if r.Account == id && !isSetting(r.Match) {
			again[r.Match] = r.Value
		}
	}
	for _, s := range d.Settings {
		if !s.Default {
			again[s.Name] = s.Value
		}
	}
	return again
}
