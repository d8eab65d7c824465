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
