package record

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"geogate/rules"
	"geogate/rules/numplan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is for what must happen; a test that passes never waits so long.
const patience = 15 * time.Second

func options(t testing.TB) Options {
	return Options{
		Dir: filepath.Join(t.TempDir(), "record"), Node: "n1", Sample: 1, MaxSize: 1 << 20, MaxAge: time.Hour, Keep: 100,
		Buffer: 1 << 10, Command: command, Logger: zap.NewNop(),
	}
}

func command(id uint32) string { return map[uint32]string{4: "submit_sm"}[id] }

func open(t testing.TB, o Options) *Recorder {
	t.Helper()
	r, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func closed(t testing.TB, r *Recorder) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// judged is an event as the engine would make it.
func judged(t testing.TB, dest string, sequence uint32) *Event {
	t.Helper()
	policy, faults := rules.Compile(numplan.Default(), rules.Written{Accounts: map[string]map[string]string{
		"acme": {"FR": "allow", "+33612": "block"},
	}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	q := &rules.Query{Source: []byte("Shop"), TON: 1, NPI: 1, Dest: []byte(dest), Now: time.Now().UnixNano()}
	d := &rules.Decision{}
	policy.Decide("acme", q, d)
	return &Event{Session: 7, Sequence: sequence, Command: 4, Account: "acme", Bind: "acme-1", Query: q, Decision: d}
}

const (
	openNumber   = "33700000001"
	closedNumber = "447400123456"
	ruledNumber  = "33612345678"
)

// fill records n refusals from the sequence number on.
func fill(t testing.TB, r *Recorder, from, n int) {
	t.Helper()
	e := judged(t, ruledNumber, 0)
	for i := range n {
		e.Sequence = uint32(from + i)
		r.Decided(e)
		if i%100 == 99 {
			settle(t, r)
		}
	}
	settle(t, r)
}

// settle waits until the writer has taken all there is.
func settle(t testing.TB, r *Recorder) {
	t.Helper()
	for deadline := time.Now().Add(patience); r.handed() > r.Stats().Written+r.Stats().Lost; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("handed over %d, and only %+v", r.handed(), r.Stats())
		}
	}
}

// handed is how many events are in the buffer or went through it.
func (r *Recorder) handed() uint64 { return r.ring.tail.Load() }

func files(t testing.TB, dir string) []string {
	t.Helper()
	list, err := Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func verify(t testing.TB, list []string, heads ...Seal) *Report {
	t.Helper()
	r, err := Verify(list, heads...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sound fails the test where a line of the directory is broken.
func sound(t testing.TB, dir string) *Report {
	t.Helper()
	r := verify(t, files(t, dir))
	if len(r.Broken) > 0 {
		t.Fatalf("broken: %v", r.Broken)
	}
	return r
}

// entries reads all events of a directory.
func entries(t testing.TB, dir string) (list []Entry, tally Tally) {
	t.Helper()
	tally, err := Read(files(t, dir), time.Time{}, func(e *Entry) bool {
		one := *e
		one.Source, one.To = bytes.Clone(e.Source), bytes.Clone(e.To)
		list = append(list, one)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, tally
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
