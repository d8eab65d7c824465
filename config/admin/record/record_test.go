package record

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"geogate/rules"
)

// TestLines reads back what was recorded, member by member.
func TestLines(t *testing.T) {
	t.Parallel()
	o := options(t)
	r := open(t, o)
	r.Decided(judged(t, ruledNumber, 42))
	r.Decided(judged(t, closedNumber, 43))
	r.Decided(judged(t, openNumber, 44))
	odd := judged(t, "\x00\xff\"\\12", 45)
	odd.Bind, odd.Query.Source = "a\xff\n\"é", []byte("é\x7f")
	r.Decided(odd)
	closed(t, r)

	list, tally := entries(t, o.Dir)
	if len(list) != 4 || tally != (Tally{}) {
		t.Fatalf("%d entries, %+v", len(list), tally)
	}
	e := list[0]
	at := time.Since(e.Time)
	if at < 0 || at > patience {
		t.Errorf("time %v", e.Time)
	}
	e.Time = time.Time{}
	if e.Kind != Refused || e.Node != "n1" || e.Session != 7 || e.Sequence != 42 || e.Command != "submit_sm" ||
		e.Account != "acme" || e.Bind != "acme-1" || string(e.Source) != "Shop" || e.TON != 1 || e.NPI != 1 ||
		string(e.To) != ruledNumber || e.Number != "+"+ruledNumber || e.Region != "FR" || e.Class != "mobile" ||
		e.Reason != "rule_range" || e.Rule != "+33612" || e.RuleAccount != "acme" || e.Status == 0 {
		t.Errorf("%+v", e)
	}
	if list[1].Reason != "default" || list[1].Rule != "" || list[1].Region != "GB" {
		t.Errorf("%+v", list[1])
	}
	if list[2].Kind != Forwarded || list[2].Weight() != 1 || list[2].Status != 0 {
		t.Errorf("%+v", list[2])
	}
	if e := list[3]; string(e.To) != "\x00\xff\"\\12" || string(e.Source) != "é\x7f" || e.Bind != "a\uFFFD\n\"é" {
		t.Errorf("%q %q %q", e.To, e.Source, e.Bind)
	}
	sound(t, o.Dir)
}

// TestFileMode: numbers and accounts are for the owner only.
func TestFileMode(t *testing.T) {
	t.Parallel()
	o := options(t)
	r := open(t, o)
	fill(t, r, 0, 1)
	closed(t, r)
	for _, path := range append(files(t, o.Dir), o.Dir) {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// TestSample: refusals and monitored forwards all, other forwards some, and each says for how many it stands.
func TestSample(t *testing.T) {
	t.Parallel()
	const rate, n = 10, 20_000
	o := options(t)
	o.Sample, o.MaxSize, o.Buffer = rate, 1<<30, 1<<16
	r := open(t, o)
	forward, refuse, monitored := judged(t, openNumber, 1), judged(t, closedNumber, 2), judged(t, closedNumber, 3)
	monitored.Decision.Verdict, monitored.Decision.Monitored = rules.Forward, true
	for range n {
		r.Decided(forward)
	}
	for range 100 {
		r.Decided(refuse)
		r.Decided(monitored)
	}
	closed(t, r)
	var forwards, refusals, observed int
	list, _ := entries(t, o.Dir)
	for _, e := range list {
		switch {
		case e.Kind == Refused && e.Weight() == 1:
			refusals++
		case e.Monitored && e.Weight() == 1:
			observed++
		case e.Kind == Forwarded && e.Weight() == rate:
			forwards++
		}
	}
	if refusals != 100 || observed != 100 {
		t.Errorf("%d refusals, %d monitored of 100", refusals, observed)
	}
	if forwards < n/rate*8/10 || forwards > n/rate*12/10 { // 4.7 standard deviations
		t.Errorf("%d of %d forwards at 1/%d", forwards, n, rate)
	}
	o.Sample = 0
	o.Dir += "-none"
	r = open(t, o)
	for range n {
		r.Decided(forward)
	}
	closed(t, r)
	if list, _ := entries(t, o.Dir); len(list) != 0 {
		t.Errorf("%d forwards although none are wanted", len(list))
	}
}

// TestRotation begins files by size while many sessions record, keeps the newest, and loses nothing of them.
func TestRotation(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.MaxSize, o.Keep, o.Buffer = 64<<10, 5, 1<<16
	r := open(t, o)
	const senders, each = 8, 1000
	var all sync.WaitGroup
	for s := range senders {
		e := judged(t, ruledNumber, 0)
		all.Go(func() {
			for i := range each {
				e.Session, e.Sequence = uint64(s), uint32(i)
				r.Decided(e)
			}
		})
	}
	all.Wait()
	closed(t, r)
	list := files(t, o.Dir)
	if len(list) != o.Keep {
		t.Fatalf("%d files: %v", len(list), list)
	}
	if report := sound(t, o.Dir); len(report.Notes) != 1 || !strings.Contains(report.Notes[0], "was not given") {
		t.Error(report.Notes)
	}
	for _, path := range list {
		if n := len(read(t, path)); n > int(o.MaxSize)+batchSize {
			t.Errorf("%s: %d octets", path, n)
		}
	}
	if s := r.Stats(); s.Written != senders*each || s.Dropped+s.Lost+s.Errors != 0 || s.File != list[len(list)-1] {
		t.Errorf("%+v", s)
	}
	next := map[uint64]uint32{}
	found, _ := entries(t, o.Dir)
	for _, e := range found {
		if want, known := next[e.Session]; known && e.Sequence != want {
			t.Fatalf("session %d: %d, and not %d", e.Session, e.Sequence, want)
		}
		next[e.Session] = e.Sequence + 1
	}
}

// TestRotationByAge begins a file when the one before is old enough, and not earlier.
func TestRotationByAge(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Now()
	o := options(t)
	o.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	later := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	r := open(t, o)
	fill(t, r, 0, 1)
	later(o.MaxAge - time.Second)
	fill(t, r, 1, 1)
	if n := len(files(t, o.Dir)); n != 1 {
		t.Fatalf("%d files before their age", n)
	}
	later(2 * time.Second)
	fill(t, r, 2, 1)
	closed(t, r)
	if n := len(files(t, o.Dir)); n != 2 {
		t.Fatalf("%d files after their age", n)
	}
	sound(t, o.Dir)
}

// TestRestart goes on with one chain over processes, and keeps processes of one name apart.
func TestRestart(t *testing.T) {
	t.Parallel()
	o := options(t)
	for i := range 3 {
		r := open(t, o)
		fill(t, r, i*10, 10)
		closed(t, r)
	}
	first := open(t, o)
	second := open(t, o)
	fill(t, first, 30, 10)
	fill(t, second, 40, 10)
	closed(t, first)
	closed(t, second)
	report := sound(t, o.Dir)
	if report.Files != 2 || len(report.Heads) != 2 || len(report.Notes) != 0 {
		t.Errorf("%+v", report)
	}
	if list, _ := entries(t, o.Dir); len(list) != 50 {
		t.Errorf("%d entries", len(list))
	}
}

// TestTorn: a last line that was cut off anywhere is marked by the next process, and verify tells of it.
func TestTorn(t *testing.T) {
	t.Parallel()
	o := options(t)
	r := open(t, o)
	fill(t, r, 0, 3)
	closed(t, r)
	path := files(t, o.Dir)[0]
	whole := read(t, path)
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	for cut := last + 1; cut < len(whole); cut += 7 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, []string{path}); len(r.Broken) != 1 || !strings.Contains(r.Broken[0].Problem, "cut off") {
			t.Fatalf("cut at %d: %v", cut, r.Broken)
		}
		r := open(t, o)
		fill(t, r, 3, 1)
		closed(t, r)
		report := sound(t, o.Dir)
		if len(report.Notes) != 1 || !strings.Contains(report.Notes[0], "torn") {
			t.Fatalf("cut at %d: %v", cut, report.Notes)
		}
		if list, tally := entries(t, o.Dir); len(list) != 4 || tally.Unreadable != 1 {
			t.Fatalf("cut at %d: %d entries, %+v", cut, len(list), tally)
		}
		marked := read(t, path)
		marked[cut-1] ^= 1
		if err := os.WriteFile(path, marked, 0o600); err != nil {
			t.Fatal(err)
		}
		if len(verify(t, []string{path}).Broken) == 0 {
			t.Fatalf("cut at %d: a changed torn line is not found", cut)
		}
	}
}

// TestTornMarker: a process that dies inside the mark of a torn line leaves what the next one can mark too.
func TestTornMarker(t *testing.T) {
	t.Parallel()
	o := options(t)
	r := open(t, o)
	fill(t, r, 0, 3)
	closed(t, r)
	path := files(t, o.Dir)[0]
	whole := read(t, path)
	torn := append(whole[:len(whole)-20:len(whole)-20], "\n{\"kind\":\"torn\",\"ti"...)
	if err := os.WriteFile(path, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	closed(t, open(t, o))
	if report := sound(t, o.Dir); len(report.Notes) != 1 {
		t.Error(report.Notes)
	}
}

// TestBrokenNewest: a newest file that is none is left for verify, and recording goes on in a new one.
func TestBrokenNewest(t *testing.T) {
	t.Parallel()
	o := options(t)
	r := open(t, o)
	fill(t, r, 0, 3)
	closed(t, r)
	path := files(t, o.Dir)[0]
	if err := os.WriteFile(path, []byte("not ours\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r = open(t, o)
	fill(t, r, 3, 1)
	closed(t, r)
	report := verify(t, files(t, o.Dir))
	if len(report.Broken) != 1 || report.Broken[0].File != path || report.Broken[0].Line != 1 {
		t.Error(report.Broken)
	}
	if list, _ := entries(t, o.Dir); len(list) != 1 || list[0].Sequence != 3 {
		t.Errorf("%+v", list)
	}
}
