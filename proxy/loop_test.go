//go:build linux

package proxy

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"geogate/rules"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// goroutinesOfPairs counts those that serve a session.
func goroutinesOfPairs() int {
	stacks := make([]byte, 1<<22)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Count(stacks, []byte("proxy.(*pair)."))
}

// TestQuietSessionsHaveNoGoroutines binds sessions and sends over them, with TLS on either side or not: none needs a
// goroutine for that. It is not parallel: other tests have sessions, too.
func TestQuietSessionsHaveNoGoroutines(t *testing.T) {
	r := newRig(t, smpptest.MCOptions{}, nil)
	t.Run("plain", func(t *testing.T) { testQuietSessions(t, r, r.trx) })
	for name, sides := range map[string]struct{ esme, mc bool }{
		"TLS of the ESME": {true, false}, "TLS of the message centre": {false, true}, "TLS of both": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSecuredRig(t, smpptest.MCOptions{}, sides.mc, nil)
			testQuietSessions(t, s.rig, func() *smpptest.ESME {
				if !sides.esme {
					return s.trx()
				}
				e := over(t, s.connect(t))
				wantBind(t, e, "acme", "", smpp.ESME_ROK)
				return e
			})
		})
	}
}

func testQuietSessions(t *testing.T, r *rig, bound func() *smpptest.ESME) {
	esmes := make([]*smpptest.ESME, 20)
	for i := range esmes {
		esmes[i] = bound()
	}
	for _, e := range esmes {
		want(t, e, submit(7, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
		want(t, e, submit(8, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	}
	for end := time.Now().Add(patience); goroutinesOfPairs() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines serve quiet sessions", goroutinesOfPairs())
		}
	}
	want(t, esmes[0], submit(9, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	if err := r.srv.Shutdown(testContext(t)); err != nil {
		t.Fatal(err)
	}
	for i := range esmes {
		if end := r.ended(t, i+1); end.Cause != Drained || end.Unanswered != 0 {
			t.Errorf("session %d: %+v", i, end)
		}
	}
}

// TestRequestsBehindTheBind sends requests in one segment with the bind: what was read with it is taken too.
func TestRequestsBehindTheBind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.dial()
	bind := smpp.BindRequest{SystemID: []byte("acme"), InterfaceVersion: 0x34}
	send(t, e, slices.Concat(bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1}),
		submit(2, open), submit(3, closed)))
	got := map[uint32]smpp.Status{}
	for range 3 {
		f, err := e.Recv(testContext(t))
		if err != nil {
			t.Fatal(err)
		}
		got[f.Sequence()] = f.Status()
	}
	if got[1] != smpp.ESME_ROK || got[2] != smpp.ESME_ROK || got[3] != smpp.ESME_RINVDSTADR {
		t.Fatal(got)
	}
}

// fragile is an Observer with a fault: it panics when it is told of a refusal, or of a refused bind.
type fragile struct{ *watcher }

func (f fragile) Bound(s *Session, st smpp.Status) {
	if st != smpp.ESME_ROK {
		panic("fragile")
	}
	f.watcher.Bound(s, st)
}

func (f fragile) Decided(s *Session, m *Message, d *rules.Decision) {
	if d.Verdict == rules.Refuse {
		panic(errors.New("fragile"))
	}
	f.watcher.Decided(s, m, d)
}

// TestPanicEndsOneSession lets something panic in a session: that session ends, others do not notice, nor do those of its
// event loop find anything of the batch in which it was.
func TestPanicEndsOneSession(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.Observer = fragile{c.Observer.(*watcher)} })
	others := []*smpptest.ESME{}
	for range loopCount() {
		others = append(others, r.trx())
	}
	broken := r.trx()
	for _, other := range others {
		want(t, other, submit(7, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	}
	send(t, broken, slices.Concat(submit(8, open), submit(8, closed)))
	if end := r.ended(t, 1); end.Cause != Aborted {
		t.Fatalf("%+v", end)
	}
	<-broken.Done()
	unknown := r.dial()
	bind := smpp.BindRequest{SystemID: []byte("nobody")}
	send(t, unknown, bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1}))
	if end := r.ended(t, 2); end.Cause != Aborted {
		t.Fatalf("%+v", end)
	}
	for _, other := range others {
		want(t, other, submit(9, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	}
	for _, s := range r.srv.Sessions() {
		if s.State == BoundTRX && s.Requests != 3 {
			t.Errorf("%d requests: some are another session's", s.Requests)
		}
	}
}
