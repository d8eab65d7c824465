package rules

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"geogate/rules/numplan"
)

// worked is one worked case: what is in Redis, a destination as it arrives, and the answer.
type worked struct {
	ID    string
	Note  string
	Redis struct {
		Hashes map[string]map[string]string
		Sets   map[string][]string
	}
	Bind            string
	Now             time.Time
	SourceAddr      string `json:"source_addr"`
	DestAddrTON     byte   `json:"dest_addr_ton"`
	DestAddrNPI     byte   `json:"dest_addr_npi"`
	DestinationAddr string `json:"destination_addr"`
	Expect          map[string]any
}

// written sorts the keys of a case.
func (c *worked) written() Written {
	w := emptyWritten()
	for key, hash := range c.Redis.Hashes {
		switch name, kind := strings.CutPrefix(key, "geo:account:"); {
		case kind:
			w.Accounts[name] = hash
		case key == "geo:platform":
			w.Platform = hash
		case strings.HasPrefix(key, "geo:bind:"):
			w.Binds[strings.TrimPrefix(key, "geo:bind:")] = hash
		}
	}
	for key, members := range c.Redis.Sets {
		w.Groups[strings.TrimPrefix(key, "geo:group:")] = members
	}
	return w
}

func (c *worked) query() *Query {
	return &Query{
		Source: []byte(c.SourceAddr), TON: c.DestAddrTON, NPI: c.DestAddrNPI, Dest: []byte(c.DestinationAddr),
		Now: c.Now.UnixNano(),
	}
}

// answer is a decision in the words of the cases.
func answer(d *Decision) map[string]any {
	a := map[string]any{"verdict": d.Verdict.String(), "reason": d.Reason.String(), "monitored": d.Monitored}
	if number := d.Number.String(); number != "" {
		a["number"], a["region"], a["class"] = number, d.Number.Region.String(), d.Number.Class.String()
	}
	if d.Rule != nil {
		a["rule"], a["rule_account"] = d.Rule.Match(), d.Rule.Account()
	}
	if d.Rewrite {
		a["rewrite"] = true
	}
	return a
}

func loadCases(t *testing.T, file string) []worked {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []worked
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return cases
}

// TestWorkedCases runs the worked cases of the permission model, and our own of the same form.
func TestWorkedCases(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"testdata/decisions.json", "testdata/more.json"} {
		for _, c := range loadCases(t, file) {
			t.Run(c.ID+" "+c.Note, func(t *testing.T) {
				t.Parallel()
				p, faults := Compile(numplan.Default(), c.written())
				for _, f := range faults {
					t.Error(f)
				}
				var d Decision
				p.Decide(c.Bind, c.query(), &d)
				got := answer(&d)
				for key, want := range c.Expect {
					if got[key] != want && !(want == "" && got[key] == nil) {
						t.Errorf("%s is %v, want %v; answer %v", key, got[key], want, got)
					}
				}
				if explained := p.Explain(c.Bind, c.query()); explained.Decision != d {
					t.Errorf("explaining answers otherwise: %+v, deciding %+v", explained.Decision, d)
				}
			})
		}
	}
}
