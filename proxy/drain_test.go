package proxy

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestConformanceF40DrainUnderLoad shuts down while ESMEs send at full speed: each finds every request
// answered or never read, every OK is the message centre's, and both sides are unbound.
func TestConformanceF40DrainUnderLoad(t *testing.T) {
	t.Parallel()
	slow := smpptest.Script{DelayMax: 20 * time.Millisecond}
	r := newRig(t, smpptest.MCOptions{Forget: true, Script: slow}, nil)
	const esmes, window = 8, 50
	var answered, sent, ok atomic.Int64
	var wg sync.WaitGroup
	started := make(chan struct{}, esmes)
	for range esmes {
		e := r.trx()
		e.AnswerAll()
		credit := make(chan struct{}, window)
		wg.Go(func() {
			for seq := uint32(100); ; seq++ {
				select {
				case credit <- struct{}{}:
				case <-e.Done():
					return
				}
				dest := open
				if seq%4 == 0 {
					dest = closed
				}
				sent.Add(1)
				if e.Send(submit(seq, dest)) != nil {
					return
				}
			}
		})
		wg.Go(func() {
			unbound := false
			for n := 0; ; n++ {
				f, err := e.Recv(context.Background())
				if err != nil {
					break
				}
				switch {
				case f.ID() == smpp.IDUnbind:
					unbound = true
					continue
				case unbound:
					t.Errorf("behind the unbind: %s", smpp.Trace(f))
				case f.Status() == smpp.ESME_ROK:
					ok.Add(1)
				case f.Status() != smpp.ESME_RINVDSTADR:
					t.Errorf("got %s", smpp.Trace(f))
				}
				answered.Add(1)
				<-credit
				if n == 200 {
					started <- struct{}{}
				}
			}
			if !unbound {
				t.Error("not unbound")
			}
		})
	}
	for range esmes {
		<-started
	}
	if err := r.srv.Shutdown(testContext(t)); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if err := r.mc.WaitIdle(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if got := int64(r.mc.Stats().Accepted); got != ok.Load() {
		t.Errorf("the message centre took %d, the ESMEs know of %d", got, ok.Load())
	}
	unanswered := 0
	for i := range esmes {
		end := r.ended(t, i+1)
		unanswered += end.Unanswered
		if end.Cause != Drained {
			t.Errorf("%+v", end)
		}
	}
	t.Logf("sent %d, answered %d (%d OK), never read %d",
		sent.Load(), answered.Load(), ok.Load(), sent.Load()-answered.Load())
	if unanswered != 0 {
		t.Errorf("%d unanswered", unanswered)
	}
	if _, err := net.DialTimeout("tcp", r.addr, time.Second); err == nil {
		t.Error("still listening")
	}
}

func TestConformanceF40DrainTimeout(t *testing.T) {
	t.Parallel()
	silent := smpptest.MCOptions{Behave: silentOn(smpp.IDSubmitSM)}
	r := newRig(t, silent, func(c *Config) { c.DrainTimeout = 50 * time.Millisecond })
	e := r.trx()
	e.AnswerAll()
	send(t, e, submit(100, open))
	if err := r.mc.Wait(testContext(t), 1); err != nil {
		t.Fatal(err)
	}
	if err := r.srv.Shutdown(testContext(t)); err != nil {
		t.Fatal(err)
	}
	frames := wantClosed(t, e)
	if len(frames) != 1 || frames[0].ID() != smpp.IDUnbind {
		t.Fatalf("got\n%s", traces(frames))
	}
	if end := r.ended(t, 1); end != (End{Cause: Drained, Unanswered: 1}) {
		t.Fatal(end)
	}
}

// TestConformanceF40SilentPeers drains sessions whose peers answer no unbind, and one that never bound.
func TestConformanceF40SilentPeers(t *testing.T) {
	t.Parallel()
	silent := smpptest.MCOptions{Behave: silentOn(smpp.IDUnbind)}
	r := newRig(t, silent, func(c *Config) { c.UnbindTimeout = 50 * time.Millisecond })
	bound, open := r.trx(), r.dial()
	want(t, open, header(smpp.IDEnquireLink, 1), smpp.IDEnquireLinkResp, smpp.ESME_RINVBNDSTS)
	if err := r.srv.Shutdown(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if frames := wantClosed(t, bound); len(frames) != 1 || frames[0].ID() != smpp.IDUnbind {
		t.Fatalf("got\n%s", traces(frames))
	}
	if frames := wantClosed(t, open); len(frames) != 0 {
		t.Fatalf("got\n%s", traces(frames))
	}
}

func TestConformanceF40ShutdownOutOfTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Behave: silentOn(smpp.IDSubmitSM)}, nil)
	e := r.trx()
	send(t, e, submit(100, open))
	if err := r.mc.Wait(testContext(t), 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.srv.Shutdown(ctx); err != context.Canceled {
		t.Fatal(err)
	}
	if len(r.srv.Sessions()) != 0 {
		t.Fatal("sessions left")
	}
	<-e.Done()
}

// TestConformanceF40DrainWhileBinding ends a bind that is under way: it is answered with a failure, never
// with OK.
func TestConformanceF40DrainWhileBinding(t *testing.T) {
	t.Parallel()
	dialled := make(chan struct{})
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) {
		c.Upstreams = map[string]Upstream{"mc": {Addrs: []string{silentAddr(t)}}}
		c.ConnectTimeout = patience
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			defer close(dialled)
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
	})
	e := r.dial()
	answer := make(chan smpp.Status, 1)
	go func() {
		st, err := e.Bind(testContext(t), smpp.IDBindTransceiver, "acme", "")
		if err != nil {
			t.Error(err)
		}
		answer <- st
	}()
	<-dialled
	if err := r.srv.Shutdown(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if st := <-answer; st != smpp.ESME_RSYSERR {
		t.Fatal(st)
	}
}

// drainRigs runs a test with a session that an event loop has, and with one that goroutines have. The message centre
// does not answer submit_sm by itself.
func drainRigs(t *testing.T, test func(t *testing.T, r *rig, e *smpptest.ESME)) {
	t.Helper()
	for name, inLoop := range map[string]bool{"loop": true, "goroutines": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, smpptest.MCOptions{Behave: silentOn(smpp.IDSubmitSM)}, func(c *Config) {
				if !inLoop {
					c.Dial = dialWrapped
				}
			})
			test(t, r, r.trx())
		})
	}
}

// dialWrapped dials a connection that an event loop does not take.
func dialWrapped(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return struct{ net.Conn }{conn}, nil
}

// shutdown begins a drain. What it returns tells of its end.
func (r *rig) shutdown() <-chan error {
	r.t.Helper()
	ended := make(chan error, 1)
	ctx := testContext(r.t)
	go func() { ended <- r.srv.Shutdown(ctx) }()
	<-r.srv.stopped
	return ended
}

// awaitLate returns once the session takes no message any more. Until then one that is refused is told why.
func awaitLate(t *testing.T, e *smpptest.ESME) {
	t.Helper()
	ctx := testContext(t)
	for sequence := uint32(10_000); ; sequence++ {
		f, err := e.Do(ctx, submit(sequence, closed))
		if err != nil {
			t.Fatal(err)
		}
		if f.Status() == smpp.ESME_RTHROTTLED {
			return
		}
		checkHeader(t, f, smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR, sequence)
	}
}

// TestConformanceF40DeliveriesAnswered drains while the ESME owes the message centre the answers to deliver_sm: they
// are relayed, and what the ESME asks for meanwhile is answered too, and is not handed on.
func TestConformanceF40DeliveriesAnswered(t *testing.T) {
	t.Parallel()
	drainRigs(t, func(t *testing.T, r *rig, e *smpptest.ESME) {
		r.link().Send(deliver(7, "one"))
		r.link().Send(deliver(8, "two"))
		first, second := recv(t, e), recv(t, e)
		ended := r.shutdown()
		awaitLate(t, e)
		want(t, e, submit(100, open), smpp.IDSubmitSMResp, smpp.ESME_RTHROTTLED)
		want(t, e, header(smpp.IDEnquireLink, 102), smpp.IDEnquireLinkResp, smpp.ESME_ROK)
		for _, f := range []smpp.Frame{first, second} {
			if err := e.Answer(f, smpp.ESME_ROK); err != nil {
				t.Fatal(err)
			}
		}
		unbind := recv(t, e)
		checkHeader(t, unbind, smpp.IDUnbind, smpp.ESME_ROK, unbind.Sequence())
		if err := e.Answer(unbind, smpp.ESME_ROK); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if got := r.mc.Messages(); len(got) != 0 {
			t.Errorf("handed on:\n%s", traces(got))
		}
		if got := r.link().Responses(); len(got) != 2 || got[0].Sequence() != 7 || got[1].Sequence() != 8 {
			t.Errorf("the message centre has the answers\n%s", traces(got))
		}
		if end := r.ended(t, 1); end != (End{Cause: Drained}) {
			t.Error(end)
		}
		if got := r.seen(Late); got != 2 {
			t.Errorf("%d counted", got)
		}
	})
}

// TestConformanceF40DeliveriesDuringDrain has deliver_sm come while a drain waits for the message centre's answer,
// again and again: they are answered, and yet the drain ends when that answer has come.
func TestConformanceF40DeliveriesDuringDrain(t *testing.T) {
	t.Parallel()
	drainRigs(t, func(t *testing.T, r *rig, e *smpptest.ESME) {
		e.AnswerAll()
		send(t, e, submit(100, open))
		if err := r.mc.Wait(testContext(t), 1); err != nil {
			t.Fatal(err)
		}
		ended := r.shutdown()
		link := r.link()
		const deliveries = 50
		for i := range uint32(deliveries) {
			f, err := link.Do(testContext(t), deliver(1000+i, "again"))
			if err != nil {
				t.Fatal(err)
			}
			checkHeader(t, f, smpp.IDDeliverSMResp, smpp.ESME_ROK, 1000+i)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := uint32(2000); ; i++ {
				select {
				case <-link.Done():
					return
				default:
					link.Send(deliver(i, "for ever"))
				}
			}
		})
		link.Send((&smpp.SubmitSMResp{MessageID: []byte("1")}).Append(nil, smpp.Header{Sequence: 100}))
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if end := r.ended(t, 1); end != (End{Cause: Drained}) {
			t.Error(end)
		}
	})
}

// TestConformanceF40DeliveriesNeverAnswered drains a session whose ESME answers no deliver_sm, or has gone: that
// takes DrainTimeout and no longer.
func TestConformanceF40DeliveriesNeverAnswered(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.DrainTimeout = 50 * time.Millisecond })
	e := r.trx()
	r.link().Send(deliver(7, "one"))
	recv(t, e)
	ended := r.shutdown()
	unbind := recv(t, e)
	checkHeader(t, unbind, smpp.IDUnbind, smpp.ESME_ROK, unbind.Sequence())
	if err := e.Answer(unbind, smpp.ESME_ROK); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// TestConformanceF40GoneWhileOwing has the ESME leave in a drain that waits for its answers: the drain waits no more.
func TestConformanceF40GoneWhileOwing(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.DrainTimeout = time.Hour })
	e := r.trx()
	r.link().Send(deliver(7, "one"))
	recv(t, e)
	ended := r.shutdown()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
