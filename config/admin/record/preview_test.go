package record

import (
	"math/rand/v2"
	"testing"
	"time"

	"geogate/rules"
	"geogate/rules/numplan"
)

func compiled(t *testing.T, acme map[string]string) *rules.Policy {
	t.Helper()
	policy, faults := rules.Compile(numplan.Default(), rules.Written{Accounts: map[string]map[string]string{"acme": acme}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return policy
}

func recorded(kind Kind, to string, sample uint64) *Entry {
	return &Entry{Kind: kind, Time: time.Now(), Account: "acme", TON: 1, NPI: 1, To: Octets(to), Sample: sample}
}

// TestPreview counts what a change turns round, either way, and nothing else.
func TestPreview(t *testing.T) {
	t.Parallel()
	p := NewPreview(compiled(t, map[string]string{"FR": "allow", "DE": "allow"}),
		compiled(t, map[string]string{"FR": "allow", "GB": "allow", "+33612": "block"}), time.Now())
	for _, e := range []*Entry{
		recorded(Forwarded, "33612345678", 1000), recorded(Forwarded, "33612345679", 1000),
		recorded(Forwarded, "33700000001", 1000), // open before and after
		recorded(Forwarded, "33612345677", 0),    // of a monitored account: not drawn
		recorded(Forwarded, "4915112345678", 1000),
		recorded(Refused, "447400123456", 0), recorded(Refused, "447400123456", 0),
		recorded(Refused, "13105551234", 0), // closed before and after
		recorded(Refused, "", 0),            // a broadcast
	} {
		p.Add(e)
	}
	refused, opened := p.Rows(rules.Refuse), p.Rows(rules.Forward)
	if len(refused) != 2 || len(opened) != 1 {
		t.Fatalf("%+v\n%+v", refused, opened)
	}
	first := refused[0]
	if first.Region != "FR" || first.Prefix != "+33612" || first.Messages != 2001 || first.Entries != 3 ||
		first.Reason != "rule_range" || first.Rule != "+33612" || len(first.Samples) != 3 || first.Margin == 0 {
		t.Errorf("%+v", first)
	}
	if r := refused[1]; r.Region != "DE" || r.Messages != 1000 || r.Reason != "default" || r.Rule != "" {
		t.Errorf("%+v", r)
	}
	if r := opened[0]; r.Messages != 2 || r.Margin != 0 || len(r.Samples) != 1 || r.Samples[0] != "+447400123456" {
		t.Errorf("%+v", r)
	}
	tried := p.Tried()
	if tried.Refused != 4 || tried.Forwarded != 5 || tried.StandFor != 4001 || tried.Largest != 1000 || tried.Unjudgable != 1 {
		t.Errorf("%+v", tried)
	}
}

// TestPreviewEstimate draws from a known number of messages, many times: the estimate is right to its margin about as
// often as is promised.
func TestPreviewEstimate(t *testing.T) {
	t.Parallel()
	const messages, rate, runs = 20_000, 100, 200
	random := rand.New(rand.NewPCG(1, 2))
	before, after := compiled(t, map[string]string{"FR": "allow"}), compiled(t, map[string]string{})
	e := recorded(Forwarded, "33612345678", rate)
	within := 0
	for range runs {
		p := NewPreview(before, after, time.Now())
		for range messages {
			if random.IntN(rate) == 0 {
				p.Add(e)
			}
		}
		sum, margin := Sum(p.Rows(rules.Refuse))
		if messages <= sum+margin && sum <= messages+margin {
			within++
		}
	}
	if within < runs*9/10 {
		t.Errorf("%d of %d estimates are right to their margin", within, runs)
	}
}
