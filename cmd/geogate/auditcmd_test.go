package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"geogate/config/admin/record"
	"geogate/rules"
	"geogate/rules/numplan"
)

// recordedMessage is a destination that a test's node judged.
type recordedMessage struct {
	account, to string
	times       int
}

// keepRecord has the messages judged by a policy and recorded an hour before noon, and returns the directory.
func keepRecord(t *testing.T, sample int, accounts map[string]map[string]string, messages ...recordedMessage) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "record")
	r, err := record.Open(record.Options{
		Dir: dir, Node: "n1", Sample: sample, MaxSize: 1 << 20, MaxAge: time.Hour, Keep: 10, Buffer: 1 << 16,
		Command: func(uint32) string { return "submit_sm" },
		Logger:  zap.NewNop(), Now: func() time.Time { return noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	policy, faults := rules.Compile(numplan.Default(), rules.Written{Accounts: accounts})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for i, m := range messages {
		q := rules.Query{Source: []byte("Shop"), TON: 1, NPI: 1, Dest: []byte(m.to), Now: noon.Add(-time.Hour).UnixNano()}
		var d rules.Decision
		policy.Decide(m.account, &q, &d)
		for range m.times {
			r.Decided(&record.Event{Session: 1, Sequence: uint32(i + 1), Account: m.account, Bind: "b-" + m.account,
				Query: &q, Decision: &d})
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

var recordedAccounts = map[string]map[string]string{"acme": {"FR": "allow"}, "beta": {"GB": "allow"}}

// TestAuditVerify: 0 for a record as it was written, 1 with the line for another, 2 for none.
func TestAuditVerify(t *testing.T) {
	d := newDesk(t)
	dir := keepRecord(t, 1, recordedAccounts, recordedMessage{"acme", "447400123456", 3})
	r := d.run("", "audit", "verify", dir)
	if r.code != exitOK || !strings.Contains(r.out, "As they were written: 5 lines in 1 file.") {
		t.Fatalf("exit %d: %s%s", r.code, r.out, r.err)
	}
	var answer auditAnswer
	if err := json.Unmarshal([]byte(d.must("audit", "verify", "--json", dir)), &answer); err != nil {
		t.Fatal(err)
	}
	head := answer.Heads["n1"]
	d.must("audit", "verify", dir, "--head", head)
	if r := d.run("", "audit", "verify", dir, "--head", strings.Repeat("0", 64)); r.code != exitRefused {
		t.Errorf("a hash that is nowhere: exit %d: %s", r.code, r.out)
	}
	want(t, d.refused("audit", "verify", dir, "--head", "abc"), "64 hex digits")
	want(t, d.refused("audit", "verify", t.TempDir()), "record.directory")

	path := filepath.Join(dir, "n1-00000001.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(text), `"sequence":1`, `"sequence":2`, 1)
	if err := os.WriteFile(path, []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	r = d.run("", "audit", "verify", dir)
	if r.code != exitRefused || !strings.Contains(r.out, "broken: "+path+":2:") {
		t.Errorf("exit %d: %s", r.code, r.out)
	}
}

// TestAuditTail filters, and shows numbers in full only where that is asked for.
func TestAuditTail(t *testing.T) {
	d := newDesk(t)
	dir := keepRecord(t, 1, recordedAccounts, recordedMessage{"acme", "447400123456", 2},
		recordedMessage{"acme", "33612345678", 1}, recordedMessage{"beta", "33612345678", 1},
		recordedMessage{"beta", "no\x1bnumber", 1})
	out := d.must("audit", "tail", "--record", dir)
	want(t, out, "+44740*****56", "+33612****78", "malformed_dest", "ESME_RINVDSTADR", "b-beta")
	for _, never := range []string{"447400123456", "\x1b", "forwarded"} {
		if strings.Contains(out, never) {
			t.Errorf("%q is shown:\n%s", never, out)
		}
	}
	for filter, lines := range map[string]int{
		"--account=acme": 2, "--account=nobody": 0, "--region=fr": 1, "--region=GB": 2, "--reason=malformed_dest": 1,
		"--bind=b-beta": 2, "--number=+3361": 1, "--lines=3": 3, "--since=1m": 0, "--forwards": 5,
	} {
		out := d.must("audit", "tail", "--record", dir, "--json", filter)
		if n := strings.Count(out, "\n"); n != lines {
			t.Errorf("%s: %d lines, want %d\n%s", filter, n, lines, out)
		}
		if strings.Contains(out, "447400123456") {
			t.Errorf("%s: a full number is shown:\n%s", filter, out)
		}
	}
	want(t, d.must("audit", "tail", "--record", dir, "--full"), "+447400123456")
	want(t, d.must("audit", "tail", "--record", dir, "--account", "nobody"), "No such refusal")
	want(t, d.refused("audit", "tail", "--record", dir, "--reason", "because"), "rule_region")
	want(t, d.refused("audit", "tail", "--record", dir, "--region", "XX"), "ISO 3166")
	want(t, d.refused("audit", "tail"), "--record")
}

// TestWhatif tells what a change would have done to recorded traffic, and what it cannot know.
func TestWhatif(t *testing.T) {
	d := newDesk(t)
	d.redis.HSet("geo:account:acme", "FR", "allow")
	d.redis.HSet("geo:account:beta", "GB", "allow")
	dir := keepRecord(t, 10, recordedAccounts, recordedMessage{"acme", "33612345678", 5000},
		recordedMessage{"acme", "447400123456", 7}, recordedMessage{"beta", "13105551234", 3})
	change := filepath.Join(t.TempDir(), "change.yaml")
	text := "schema: 1\naccounts:\n  acme:\n    GB: allow\n"
	if err := os.WriteFile(change, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	before := d.redis.Dump()
	out := d.must("whatif", "--change", change, "--record", dir)
	if d.redis.Dump() != before {
		t.Error("whatif changed Redis")
	}
	want(t, out, "10 refusals", "Newly refused: ~", "Newly let through: 7 messages", "+33612****78", "+44740*****56",
		"rule_region (GB of acme)", "estimates from a sample", "account:acme")
	if strings.Contains(out, "447400123456") || strings.Contains(out, "beta") {
		t.Errorf("too much is told:\n%s", out)
	}
	want(t, d.must("whatif", "--change", change, "--record", dir, "--full"), "+447400123456")

	var a whatifAnswer
	if err := json.Unmarshal([]byte(d.must("whatif", "--change", change, "--record", dir, "--json")), &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Refused) != 1 || len(a.Opened) != 1 || a.Opened[0].Messages != 7 {
		t.Fatalf("%+v", a)
	}
	// 500 of 5000 are drawn, give or take 21
	if r := a.Refused[0]; r.Messages < 4000 || r.Messages > 6000 || r.Messages != 10*r.Entries || r.Reason != "default" {
		t.Errorf("%+v", r)
	}
	want(t, d.must("whatif", "--change", change, "--record", dir, "--since", "1m"), "holds nothing")
	none := keepRecord(t, 0, recordedAccounts, recordedMessage{"acme", "33612345678", 50},
		recordedMessage{"acme", "447400123456", 7})
	want(t, d.must("whatif", "--change", change, "--record", none), "holds no forwards", "Newly refused: none")
	if err := os.WriteFile(change, []byte("schema: 1\naccounts:\n  acme:\n    XY: allow\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, d.refused("whatif", "--change", change, "--record", dir), "XY")
}
