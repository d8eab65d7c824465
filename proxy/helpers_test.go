package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"geogate/rules"
	"geogate/rules/numplan"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// orders are policies that a test replaces.
type orders struct{ policy atomic.Pointer[rules.Policy] }

func (o *orders) Policy() *rules.Policy { return o.policy.Load() }

// give puts a policy in force. A hash is written as "field value" strings.
func (o *orders) give(t testing.TB, w rules.Written) {
	t.Helper()
	policy, faults := rules.Compile(numplan.Default(), w)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	o.policy.Store(policy)
}

// The destinations of the tests: acme is at home in GB, and nothing else is open to it.
const (
	open    = "447970123456"
	open2   = "447970123457"
	closed  = "33612345678"
	closed2 = "4915112345678"
)

func acme() rules.Written {
	return rules.Written{Accounts: map[string]map[string]string{"acme": {"home": "GB"}}}
}

// with returns acme's policy with a bind for the system_id acme.
func with(bind map[string]string) rules.Written {
	w := acme()
	w.Binds = map[string]map[string]string{"acme": bind}
	return w
}

// watcher is an Observer that remembers.
type watcher struct {
	mu      sync.Mutex
	events  map[Event]int
	reasons map[rules.Reason]int
	forward int
	opened  int
	timed   []Timing
	binds   []smpp.Status
	ends    []End
	changed chan struct{}
}

func newWatcher() *watcher {
	return &watcher{events: map[Event]int{}, reasons: map[rules.Reason]int{}, changed: make(chan struct{}, 1)}
}

func (w *watcher) do(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func (w *watcher) Opened(*Session)                  { w.do(func() { w.opened++ }) }
func (w *watcher) Bound(_ *Session, st smpp.Status) { w.do(func() { w.binds = append(w.binds, st) }) }
func (w *watcher) Timed(_ *Session, t Timing)       { w.do(func() { w.timed = append(w.timed, t) }) }
func (w *watcher) Noted(_ *Session, e Event, n int) { w.do(func() { w.events[e] += n }) }
func (w *watcher) Closed(_ *Session, end End)       { w.do(func() { w.ends = append(w.ends, end) }) }
func (w *watcher) Counted(*Session, Outcome, int)   {}
func (w *watcher) Decided(_ *Session, _ *Message, d *rules.Decision) {
	w.do(func() {
		if w.reasons[d.Reason]++; d.Verdict == rules.Forward {
			w.forward++
		}
	})
}

// wait returns once done holds.
func (w *watcher) wait(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.After(patience); ; {
		w.mu.Lock()
		ok := done()
		w.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-w.changed:
		case <-deadline:
			w.mu.Lock()
			defer w.mu.Unlock()
			t.Fatalf("%s: never. events %v, ends %v", what, w.events, w.ends)
		}
	}
}

// ended waits for the end of n sessions and returns the last.
func (w *watcher) ended(t testing.TB, n int) End {
	t.Helper()
	w.wait(t, "session ended", func() bool { return len(w.ends) >= n })
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ends[n-1]
}

func (w *watcher) seen(e Event) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.events[e]
}

// rig is a server in front of a message centre.
type rig struct {
	*orders
	*watcher
	t    testing.TB
	mc   *smpptest.MC
	srv  *Server
	addr string
}

// newRig starts both; change may be nil.
func newRig(t testing.TB, opts smpptest.MCOptions, change func(*Config)) *rig {
	t.Helper()
	r := &rig{orders: &orders{}, watcher: newWatcher(), t: t}
	r.give(t, acme())
	var err error
	if r.mc, err = smpptest.StartMC(opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.mc.Close() })
	cfg := Config{
		Upstreams:       map[string]Upstream{"mc": {Addrs: []string{r.mc.Addr()}}},
		DefaultUpstream: "mc", Policies: r.orders, Observer: r.watcher, FailedBindDelay: -1,
	}
	if change != nil {
		change(&cfg)
	}
	r.serve(cfg)
	return r
}

func (r *rig) serve(cfg Config) {
	r.t.Helper()
	srv, err := New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.srv, r.addr = srv, l.Addr().String()
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	r.t.Cleanup(func() {
		srv.Close()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	})
}

// patience is for what has to happen.
const patience = 15 * time.Second

// silentOn is a message centre's behaviour: it never answers requests of one kind.
func silentOn(id smpp.CommandID) func(*smpptest.MCSession, smpp.Frame) smpptest.Action {
	return func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID() == id {
			return smpptest.Action{Fault: smpptest.Silence}
		}
		return smpptest.Action{}
	}
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// dial connects an ESME. Its faults fail the test at the end unless the test has read them.
func (r *rig) dial() *smpptest.ESME {
	r.t.Helper()
	e, err := smpptest.Dial(testContext(r.t), r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { e.Close() })
	return e
}

// bound is an ESME bound as acme.
func (r *rig) bound(mode smpp.CommandID) *smpptest.ESME {
	r.t.Helper()
	e := r.dial()
	st, err := e.Bind(testContext(r.t), mode, "acme", "secret")
	if err != nil || st != smpp.ESME_ROK {
		r.t.Fatalf("bind: %s %v", st, err)
	}
	return e
}

func (r *rig) trx() *smpptest.ESME { r.t.Helper(); return r.bound(smpp.IDBindTransceiver) }

// wantBind binds and checks the status of the answer.
func wantBind(t testing.TB, e *smpptest.ESME, systemID, password string, want smpp.Status) {
	t.Helper()
	st, err := e.Bind(testContext(t), smpp.IDBindTransceiver, systemID, password)
	if st != want || err != nil {
		t.Fatalf("bind: %s %v, want %s", st, err, want)
	}
}

// wantNoneInFlight ends the only session and checks that all its requests were answered. While it lives, an
// answer can be with the ESME before it is counted.
func (r *rig) wantNoneInFlight(t testing.TB, e *smpptest.ESME) {
	t.Helper()
	e.Close()
	if end := r.ended(t, 1); end.Unanswered != 0 {
		t.Fatal(end)
	}
}

// link is the message centre's session that was bound last.
func (r *rig) link() *smpptest.MCSession {
	sessions := r.mc.Sessions()
	return sessions[len(sessions)-1]
}

// want sends a request and checks the answer's header.
func want(t testing.TB, e *smpptest.ESME, request []byte, id smpp.CommandID, st smpp.Status) smpp.Frame {
	t.Helper()
	f, err := e.Do(testContext(t), request)
	if err != nil {
		t.Fatal(err)
	}
	checkHeader(t, f, id, st, smpp.Frame(request).Sequence())
	return f
}

func checkHeader(t testing.TB, f smpp.Frame, id smpp.CommandID, st smpp.Status, seq uint32) {
	t.Helper()
	if f.ID() != id || f.Status() != st || f.Sequence() != seq {
		t.Fatalf("got %s %s seq=%d, want %s %s seq=%d", f.ID(), f.Status(), f.Sequence(), id, st, seq)
	}
}

// linkUp checks that the session goes on: an allowed message is answered by the message centre.
func linkUp(t testing.TB, e *smpptest.ESME) {
	t.Helper()
	st, _, err := e.SubmitTo(testContext(t), open, "still there?")
	if err != nil || st != smpp.ESME_ROK {
		t.Fatalf("link: %s %v", st, err)
	}
}

func recv(t testing.TB, e *smpptest.ESME) smpp.Frame {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	f, err := e.Recv(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// wantClosed reads until the connection ends, and returns what came.
func wantClosed(t testing.TB, e *smpptest.ESME) []smpp.Frame {
	t.Helper()
	var frames []smpp.Frame
	for {
		f, err := e.Recv(testContext(t))
		switch {
		case err == nil:
			frames = append(frames, f)
		case errors.Is(err, io.EOF):
			return frames
		default:
			t.Fatal(err)
		}
	}
}

func send(t testing.TB, e *smpptest.ESME, b []byte) {
	t.Helper()
	if err := e.Send(b); err != nil {
		t.Fatal(err)
	}
}

// submit is a submit_sm to an international number.
func submit(seq uint32, digits string) smpp.Frame {
	sm := smpp.SubmitSM{
		Source: smpp.Address{TON: 5, Addr: []byte("Acme")},
		Dest:   smpp.Address{TON: 1, NPI: 1, Addr: []byte(digits)}, ShortMessage: []byte("hello"),
	}
	return sm.Append(nil, smpp.Header{Sequence: seq})
}

func multi(seq uint32, digits ...string) smpp.Frame {
	sm := smpp.SubmitMulti{ShortMessage: []byte("hello")}
	for _, d := range digits {
		sm.Dests = append(sm.Dests, smpp.Destination{Address: smpp.Address{TON: 1, NPI: 1, Addr: []byte(d)}})
	}
	return sm.Append(nil, smpp.Header{Sequence: seq})
}

// header is a PDU without a body.
func header(id smpp.CommandID, seq uint32) smpp.Frame {
	return smpp.AppendHeader(nil, id, smpp.ESME_ROK, seq)
}

// raw is a frame with any body.
func raw(id smpp.CommandID, seq uint32, body string) smpp.Frame {
	f := smpp.Header{Length: uint32(smpp.HeaderLen + len(body)), ID: id, Sequence: seq}.Append(nil)
	return append(f, body...)
}

func deliver(seq uint32, text string) smpp.Frame {
	sm := smpp.DeliverSM{Source: smpp.Address{TON: 1, NPI: 1, Addr: []byte(open)}, ShortMessage: []byte(text)}
	return sm.Append(nil, smpp.Header{Sequence: seq})
}

// sameFrames checks that the message centre got exactly these, byte for byte and in order.
func sameFrames(t testing.TB, got []smpp.Frame, want ...smpp.Frame) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b smpp.Frame) bool { return bytes.Equal(a, b) }) {
		t.Fatalf("message centre got\n%s\nwant\n%s", traces(got), traces(want))
	}
}

func traces(frames []smpp.Frame) string {
	var b bytes.Buffer
	for _, f := range frames {
		fmt.Fprintf(&b, "  %s (%d octets)\n", smpp.Trace(f), len(f))
	}
	return b.String()
}
