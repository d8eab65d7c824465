package smpptest

import (
	"bytes"
	"crypto/tls"
	"net"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"geogate/smpp"
)

// TestInMemory runs both peers over a pipe, with time that costs nothing.
func TestInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mc := NewMC(MCOptions{Script: Script{Delay: time.Hour}})
		defer mc.Close()
		a, b := net.Pipe()
		s := mc.ServeConn(a)
		e := NewESME(b)
		defer e.Close()
		start := time.Now()
		if st, err := e.Bind(t.Context(), smpp.IDBindTransceiver, "a", "b"); st != smpp.ESME_ROK || err != nil {
			t.Fatal(st, err)
		}
		if st, _, err := e.SubmitTo(t.Context(), "447970123456", "x"); st != smpp.ESME_ROK || err != nil {
			t.Fatal(st, err)
		}
		if took := time.Since(start); took != time.Hour {
			t.Errorf("answered after %s", took)
		}
		e.Unbind(t.Context())
		<-s.Done()
		if mc.Addr() != "" || s.State() != Closed || s.Number() != 1 {
			t.Errorf("address %q, session %d in state %s", mc.Addr(), s.Number(), s.State())
		}
	})
}

func TestPausedESMEMeetsTCP(t *testing.T) {
	t.Parallel()
	mc, e := bound(t, MCOptions{})
	e.Pause()
	s := mc.Sessions()[0]
	const frames = 400 // of 64 KiB: more than the sockets' buffers hold
	payload := smpp.TLV{Tag: smpp.TagMessagePayload, Value: make([]byte, 64<<10-1)}
	deliver := smpp.DeliverSM{TLVs: []smpp.TLV{payload}}
	s.Send(bytes.Repeat(deliver.Append(nil, smpp.Header{Sequence: 5}), frames))
	e.Resume()
	for range frames {
		wantHeader(t, recv(t, e), smpp.IDDeliverSM, smpp.ESME_ROK, 5)
	}
	e.Pause()
	if err := e.Close(); err != nil { // a paused ESME can be closed
		t.Error(err)
	}
}

func TestPausedMCCloses(t *testing.T) {
	t.Parallel()
	mc, e := bound(t, MCOptions{})
	mc.Sessions()[0].Pause()
	if err := mc.Close(); err != nil {
		t.Fatal(err)
	}
	if err := mc.Close(); err != nil { // again
		t.Fatal(err)
	}
	<-e.Done()
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil) // for its certificate
	server.StartTLS()
	certificates := server.TLS.Certificates
	server.Close()
	mc := startMC(t, MCOptions{TLS: &tls.Config{Certificates: certificates}})
	conn, err := tls.Dial("tcp", mc.Addr(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	e := NewESME(conn)
	defer e.Close()
	if st, err := e.Bind(testContext(t), smpp.IDBindTransceiver, "a", "b"); st != smpp.ESME_ROK || err != nil {
		t.Fatal(st, err)
	}
	if st, err := e.Unbind(testContext(t)); st != smpp.ESME_ROK || err != nil {
		t.Fatal(st, err)
	}
}

func TestESMEIsStrict(t *testing.T) {
	t.Parallel()
	mc, e := bound(t, MCOptions{})
	s := mc.Sessions()[0]
	for name, frame := range map[string][]byte{
		"submit_sm from the MC": submitFrame(1, "447970123456"),
		"outbind when bound":    smpp.AppendHeader(nil, smpp.IDOutbind, 0, 1),
		"unasked answer":        smpp.AppendHeader(nil, smpp.IDSubmitSMResp, 0, 77),
	} {
		before := e.Faults()
		s.Send(frame)
		recv(t, e)
		if after := e.Faults(); after == nil || before != nil && after.Error() == before.Error() {
			t.Errorf("%s is no fault", name)
		}
	}
}

func TestSameSequenceTwiceInFlight(t *testing.T) {
	t.Parallel()
	_, e := bound(t, MCOptions{})
	twice := append(submitFrame(9, "447970123456"), smpp.AppendHeader(nil, smpp.IDEnquireLink, 0, 9)...)
	send(t, e, twice)
	wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 9)
	wantHeader(t, recv(t, e), smpp.IDEnquireLinkResp, smpp.ESME_ROK, 9)
	if err := e.Faults(); err != nil || e.InFlight() != 0 {
		t.Errorf("%d in flight, %v", e.InFlight(), err)
	}
}
