package store

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"geogate/config/store/storetest"
	"geogate/rules"
	"geogate/rules/numplan"
)

func TestMain(m *testing.M) {
	numplan.Default()
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		println(err.Error())
		code = 1
	}
	os.Exit(code)
}

// The numbers of the tests: one for each of three countries.
const (
	toGB = "447400123456"
	toFR = "33612345678"
	toDE = "4915123456789"
)

// followed is a Store that follows a Redis until the test ends.
type followed struct {
	*Store
	t      testing.TB
	events *recorder
	stop   func()
}

// quick are options with which a test needs not wait: full passes come only when something calls for one.
func quick(url string) Options {
	return Options{URL: url, Idle: 100 * time.Millisecond, FullPass: time.Hour, PollEvery: 20 * time.Millisecond}
}

// follow opens and runs a Store.
func follow(t testing.TB, opts Options) *followed {
	t.Helper()
	f := &followed{t: t, events: newRecorder()}
	opts.Observer = f.events
	var err error
	if f.Store, err = Open(opts); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	f.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(f.stop)
	return f
}

// tracking follows, and waits until every change is told and all that there was before is in force.
func tracking(t testing.TB, opts Options) *followed {
	t.Helper()
	f := follow(t, opts)
	f.until("tracking", func() bool { return f.Status().InStep })
	return f
}

// until waits for a condition, looking whenever the Store reports an event, and now and then.
func (f *followed) until(what string, happened func() bool) {
	f.t.Helper()
	deadline := time.After(storetest.Patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !happened() {
		select {
		case <-f.events.wake:
		case <-tick.C:
		case <-deadline:
			f.t.Fatalf("waited %v for %s; status: %+v", storetest.Patience, what, f.Status())
		}
	}
}

// allows asks the policy in force.
func allows(p *rules.Policy, account, digits string) bool {
	var d rules.Decision
	p.Decide(account, &rules.Query{TON: 1, NPI: 1, Dest: []byte(digits), Now: time.Now().UnixNano()}, &d)
	return d.Verdict == rules.Forward
}

func (f *followed) allows(account, digits string) bool { return allows(f.Policy(), account, digits) }

// wantAllowed waits until the verdict is as wanted.
func (f *followed) wantAllowed(account, digits string, want bool) {
	f.t.Helper()
	what := "closed"
	if want {
		what = "open"
	}
	f.until(account+" to be "+what+" to "+digits, func() bool { return f.allows(account, digits) == want })
}

// recorder keeps the events of a Store.
type recorder struct {
	wake chan struct{}

	mu     sync.Mutex
	counts map[EventKind]int
	swap   func() // called at each Swapped, when the policy is in force
}

func newRecorder() *recorder {
	return &recorder{wake: make(chan struct{}, 1), counts: map[EventKind]int{}}
}

func (r *recorder) Observe(e Event) {
	r.mu.Lock()
	r.counts[e.Kind]++
	swap := r.swap
	r.mu.Unlock()
	if e.Kind == Swapped && swap != nil {
		swap()
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// onSwap calls look whenever another policy is in force.
func (r *recorder) onSwap(look func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.swap = look
}

func (r *recorder) count(kind EventKind) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[kind]
}

// seeded starts a Redis that holds a small policy: acme at home in GB, beta in FR, and three more.
func seeded(t *testing.T, args ...string) *storetest.Server {
	t.Helper()
	s := storetest.Start(t, args...)
	seed(s)
	return s
}

func seed(s *storetest.Server) {
	s.Do("HSET geo:meta schema 1 generation 1")
	s.Do("HSET geo:account:acme home GB")
	s.Do("HSET geo:account:beta home FR")
	for _, id := range strings.Fields("c d e") {
		s.Do("HSET geo:account:" + id + " home DE")
	}
}
