package proxy

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestConformanceC15BeforeBind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.dial()
	for _, request := range []smpp.Frame{
		submit(1, open), multi(2, open), raw(smpp.IDDataSM, 3, "x"), header(smpp.IDEnquireLink, 4),
		header(smpp.IDUnbind, 5), raw(smpp.IDQuerySM, 6, ""), raw(smpp.IDCancelSM, 7, ""),
		raw(smpp.IDReplaceSM, 8, ""), deliver(9, "x"), raw(smpp.IDBroadcastSM, 10, ""),
	} {
		want(t, e, request, request.ID().Response(), smpp.ESME_RINVBNDSTS)
	}
	want(t, e, raw(0x7777, 11, ""), smpp.IDGenericNack, smpp.ESME_RINVCMDID)
	wantBind(t, e, "acme", "", smpp.ESME_ROK)
	linkUp(t, e)
}

func TestConformanceC16WrongDirection(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	rx := r.bound(smpp.IDBindReceiver)
	for _, request := range []smpp.Frame{
		submit(101, open), multi(102, open), raw(smpp.IDDataSM, 103, "x"), raw(smpp.IDQuerySM, 104, ""),
		deliver(105, "x"),
	} {
		want(t, rx, request, request.ID().Response(), smpp.ESME_RINVBNDSTS)
	}
	want(t, rx, header(smpp.IDEnquireLink, 106), smpp.IDEnquireLinkResp, smpp.ESME_ROK)
	tx := r.bound(smpp.IDBindTransmitter)
	want(t, tx, deliver(201, "x"), smpp.IDDeliverSMResp, smpp.ESME_RINVBNDSTS)
	want(t, tx, raw(smpp.IDAlertNotification, 202, ""), smpp.IDGenericNack, smpp.ESME_RINVBNDSTS)
	linkUp(t, tx)
	if got := r.mc.Messages(); len(got) != 1 {
		t.Fatalf("forwarded\n%s", traces(got))
	}
}

func TestConformanceC17SecondBind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	for _, id := range []smpp.CommandID{smpp.IDBindTransceiver, smpp.IDBindTransmitter, smpp.IDBindReceiver} {
		bind := (&smpp.BindRequest{SystemID: []byte("acme")}).Append(nil, smpp.Header{ID: id, Sequence: 500})
		want(t, e, bind, id.Response(), smpp.ESME_RALYBND)
	}
	linkUp(t, e)
	if got := r.mc.Stats().Binds; got != 1 || len(r.mc.Received()) != 2 {
		t.Fatalf("message centre got\n%s", traces(r.mc.Received()))
	}
}

// wantGone checks that nothing is left of any pair half a second on.
func wantGone(t *testing.T, r *rig) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if err := r.mc.WaitIdle(ctx); err != nil {
		t.Fatal("message centre's side:", err)
	}
	for len(r.srv.Sessions()) > 0 {
		select {
		case <-r.changed:
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("left: %+v", r.srv.Sessions())
		}
	}
}

func TestConformanceC21UnbindFromESME(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	stream := header(smpp.IDUnbind, 200)
	for seq := uint32(199); seq >= 100; seq-- {
		dest := open
		if seq%3 == 0 {
			dest = closed
		}
		stream = append(submit(seq, dest), stream...)
	}
	send(t, e, stream)
	frames := wantClosed(t, e)
	if len(frames) != 101 || e.Faults() != nil || e.InFlight() != 0 {
		t.Fatalf("%d answers, %v, %d in flight", len(frames), e.Faults(), e.InFlight())
	}
	checkHeader(t, frames[100], smpp.IDUnbindResp, smpp.ESME_ROK, 200)
	if end := r.ended(t, 1); end != (End{Cause: ESMEUnbound}) {
		t.Fatal(end)
	}
	wantGone(t, r)
}

func TestConformanceC21UnbindFromMessageCentre(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	e.AnswerAll()
	linkUp(t, e)
	r.link().Send(deliver(70, "last"))
	r.link().Unbind()
	frames := wantClosed(t, e)
	if len(frames) != 2 || frames[1].ID() != smpp.IDUnbind || e.Faults() != nil {
		t.Fatalf("got\n%s%v", traces(frames), e.Faults())
	}
	if end := r.ended(t, 1); end != (End{Cause: MCUnbound}) {
		t.Fatal(end)
	}
	wantGone(t, r)
	responses := r.link().Responses()
	if len(responses) != 2 || responses[1].ID() != smpp.IDUnbindResp {
		t.Fatalf("message centre got\n%s", traces(responses))
	}
}

func TestConformanceC21RefusedUnbind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID() == smpp.IDUnbind {
			return smpptest.Action{Status: smpp.ESME_RSYSERR}
		}
		return smpptest.Action{}
	}}, nil)
	e := r.trx()
	want(t, e, header(smpp.IDUnbind, 7), smpp.IDUnbindResp, smpp.ESME_RSYSERR)
	linkUp(t, e)
}

func TestConformanceC22SessionInit(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.SessionInit = 50 * time.Millisecond })
	e := r.dial()
	want(t, e, header(smpp.IDEnquireLink, 1), smpp.IDEnquireLinkResp, smpp.ESME_RINVBNDSTS)
	if frames := wantClosed(t, e); len(frames) != 0 {
		t.Fatalf("got\n%s", traces(frames))
	}
	if end := r.ended(t, 1); end.Cause != InitTimeout {
		t.Fatal(end)
	}
}

func TestConformanceC22Inactivity(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.Inactivity = 60 * time.Millisecond })
	e := r.trx()
	e.AnswerAll()
	frames := wantClosed(t, e)
	if len(frames) != 1 || frames[0].ID() != smpp.IDUnbind || e.Faults() != nil {
		t.Fatalf("got\n%s%v", traces(frames), e.Faults())
	}
	if end := r.ended(t, 1); end != (End{Cause: Inactive}) {
		t.Fatal(end)
	}
	if err := r.mc.WaitIdle(testContext(t)); err != nil {
		t.Fatal(err)
	}
	got := r.mc.Received()
	if got[len(got)-1].ID() != smpp.IDUnbind {
		t.Fatalf("message centre got\n%s", traces(got))
	}
}

func TestConformanceC23Outbind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.dial()
	outbind := (&smpp.Outbind{SystemID: []byte("mc")}).Append(nil, smpp.Header{Sequence: 3})
	want(t, e, outbind, smpp.IDGenericNack, smpp.ESME_RINVBNDSTS)
	if r.mc.Stats().Sessions != 0 {
		t.Fatal("relayed")
	}
}

// TestConformanceC21UnbindsCross has both sides unbind at the same time: each is answered, and nothing is left.
func TestConformanceC21UnbindsCross(t *testing.T) {
	t.Parallel()
	crossed := make(chan struct{})
	r := newRig(t, smpptest.MCOptions{Behave: func(s *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID() == smpp.IDUnbind {
			s.Unbind() // before its answer
			close(crossed)
		}
		return smpptest.Action{}
	}}, nil)
	e := r.trx()
	e.AnswerAll()
	send(t, e, header(smpp.IDUnbind, 7))
	<-crossed
	frames := wantClosed(t, e)
	if len(frames) != 2 || frames[0].ID() != smpp.IDUnbind || e.Faults() != nil {
		t.Fatalf("got\n%s%v", traces(frames), e.Faults())
	}
	checkHeader(t, frames[1], smpp.IDUnbindResp, smpp.ESME_ROK, 7)
	if end := r.ended(t, 1); end.Unanswered != 0 || end.Cause != ESMEUnbound && end.Cause != MCUnbound {
		t.Fatal(end)
	}
	wantGone(t, r)
}

// TestConformanceC21AnswersBeforeTheEnd has the message centre answer the unbind and not all that came before it: what it
// has answered reaches the ESME first, and the rest is counted as unanswered.
func TestConformanceC21AnswersBeforeTheEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Behave: silentOn(smpp.IDSubmitSM)}, nil)
	e := r.trx()
	send(t, e, slices.Concat(submit(101, open), submit(102, open), header(smpp.IDEnquireLink, 103), header(smpp.IDUnbind, 104)))
	frames := wantClosed(t, e)
	if len(frames) != 2 || frames[0].ID() != smpp.IDEnquireLinkResp || frames[1].ID() != smpp.IDUnbindResp {
		t.Fatalf("got\n%s", traces(frames))
	}
	if end := r.ended(t, 1); end != (End{Cause: ESMEUnbound, Unanswered: 2}) {
		t.Fatal(end)
	}
	wantGone(t, r)
}

// TestConformanceC21SilentUnbind has the message centre answer no unbind: the session ends by the inactivity timer, with
// the message centre's side.
func TestConformanceC21SilentUnbind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, smpptest.MCOptions{Behave: silentOn(smpp.IDUnbind)}, Config{Inactivity: time.Minute})
		defer b.close()
		began := time.Now()
		send(t, b.esme, header(smpp.IDUnbind, 7))
		<-b.esme.Done()
		if took := time.Since(began); took < time.Minute || took > 2*time.Minute {
			t.Errorf("it took %s", took)
		}
		b.ended(t, 1)
		if left := b.srv.Sessions(); len(left) != 0 {
			t.Errorf("left: %+v", left)
		}
		if err := b.mc.WaitIdle(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestConformanceC22Chatter keeps a connection busy with requests, whole and in single octets, and never binds: that is
// no reason to keep it.
func TestConformanceC22Chatter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{SessionInit: 10 * time.Second}, Upstream{Addrs: []string{"a:1"}})
		chatters, drips := f.esme(), f.esme()
		began := time.Now()
		var both sync.WaitGroup
		both.Go(func() {
			for seq := uint32(1); ; seq++ {
				if _, err := chatters.Do(t.Context(), header(smpp.IDEnquireLink, seq)); err != nil {
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		})
		both.Go(func() {
			for _, octet := range bytes.Repeat(header(smpp.IDEnquireLink, 1), 100) {
				if drips.Send([]byte{octet}) != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		<-chatters.Done()
		<-drips.Done()
		if took := time.Since(began); took < 10*time.Second || took > 15*time.Second {
			t.Errorf("they stayed for %s", took)
		}
		both.Wait()
		for i := range 2 {
			if end := f.ended(t, i+1); end.Cause != InitTimeout {
				t.Error(end)
			}
		}
	})
}
