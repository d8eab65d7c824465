package smpptest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"

	"geogate/smpp"
)

func TestSession(t *testing.T) {
	t.Parallel()
	mc, e := bound(t, MCOptions{SystemID: "acme", Password: "secret"})
	ctx := testContext(t)
	st, id, err := e.SubmitTo(ctx, "447970123456", "hello")
	if st != smpp.ESME_ROK || id != "1-1" || err != nil {
		t.Fatalf("submit_sm: %s %q %v", st, id, err)
	}
	if st, err := e.EnquireLink(ctx); st != smpp.ESME_ROK || err != nil {
		t.Fatalf("enquire_link: %s %v", st, err)
	}
	if st, err := e.Unbind(ctx); st != smpp.ESME_ROK || err != nil {
		t.Fatalf("unbind: %s %v", st, err)
	}
	if _, err := e.Recv(ctx); err != io.EOF {
		t.Fatalf("after unbind: %v, want EOF", err)
	}
	if err := e.Faults(); err != nil {
		t.Fatal(err)
	}
	if got := mc.Stats(); got.Binds != 1 || got.Messages != 1 || got.Accepted != 1 || got.Requests != 4 {
		t.Fatalf("stats %+v", got)
	}
}

func TestReceivedIsWhatWasSent(t *testing.T) {
	t.Parallel()
	mc, e := bound(t, MCOptions{})
	var sent []smpp.Frame
	for i := range 1000 {
		sent = append(sent, submitFrame(uint32(i+2), "447970123456"))
	}
	send(t, e, bytes.Join(asBytes(sent), nil))
	if err := mc.Wait(testContext(t), len(sent)); err != nil {
		t.Fatal(err)
	}
	got := mc.Messages()
	if len(got) != len(sent) {
		t.Fatalf("received %d, sent %d", len(got), len(sent))
	}
	for i := range sent {
		if !bytes.Equal(got[i], sent[i]) {
			t.Fatalf("frame %d differs: %x, sent %x", i, got[i], sent[i])
		}
		wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, sent[i].Sequence())
	}
	if got := mc.Sessions()[0].Received(); len(got) != len(sent)+1 {
		t.Fatalf("session received %d requests", len(got))
	}
}

func asBytes(frames []smpp.Frame) [][]byte {
	out := make([][]byte, len(frames))
	for i, f := range frames {
		out[i] = f
	}
	return out
}

func TestPiecesOfOneOctet(t *testing.T) {
	t.Parallel()
	_, e := bound(t, MCOptions{})
	for _, octet := range submitFrame(9, "447970123456") {
		send(t, e, []byte{octet})
	}
	wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 9)
	if err := e.Faults(); err != nil {
		t.Fatal(err)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	mc := startMC(t, MCOptions{SystemID: "acme", Password: "secret"})
	for _, c := range []struct {
		systemID, password string
		want               smpp.Status
	}{
		{"acme", "wrong", smpp.ESME_RINVPASWD},
		{"nobody", "secret", smpp.ESME_RINVSYSID},
		{"acme", "secret", smpp.ESME_ROK},
	} {
		e := dial(t, mc)
		st, err := e.Bind(testContext(t), smpp.IDBindTransmitter, c.systemID, c.password)
		if st != c.want || err != nil {
			t.Errorf("bind %s/%s: %s %v, want %s", c.systemID, c.password, st, err, c.want)
		}
		if bound := e.State() == BoundTX; bound != (c.want == smpp.ESME_ROK) {
			t.Errorf("bind %s/%s leaves state %s", c.systemID, c.password, e.State())
		}
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	mc := startMC(t, MCOptions{})
	e := dial(t, mc)
	answer := func(f smpp.Frame) smpp.Frame {
		got, err := e.Do(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	wantHeader(t, answer(submitFrame(7, "44797")), smpp.IDSubmitSMResp, smpp.ESME_RINVBNDSTS, 7)
	e.Bind(ctx, smpp.IDBindReceiver, "a", "b")
	wantHeader(t, answer(submitFrame(8, "44797")), smpp.IDSubmitSMResp, smpp.ESME_RINVBNDSTS, 8)
	if st, _ := e.Bind(ctx, smpp.IDBindReceiver, "a", "b"); st != smpp.ESME_RALYBND {
		t.Fatalf("second bind: %s", st)
	}
	unknown := smpp.AppendHeader(nil, 0x00000ABC, 0, 99)
	wantHeader(t, answer(unknown), smpp.IDGenericNack, smpp.ESME_RINVCMDID, 99)
}

func TestLostFraming(t *testing.T) {
	t.Parallel()
	mc := startMC(t, MCOptions{})
	e := dial(t, mc)
	send(t, e, []byte("GET / HTTP/1.1\r\n\r\n"))
	wantHeader(t, recv(t, e), smpp.IDGenericNack, smpp.ESME_RINVCMDLEN, 0)
	if _, err := e.Recv(testContext(t)); err != io.EOF {
		t.Fatalf("then %v, want EOF", err)
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	_, e := bound(t, MCOptions{})
	query := smpp.QuerySM{MessageID: []byte("1-1")}
	f, err := e.Do(testContext(t), query.Append(nil, smpp.Header{Sequence: 5}))
	if err != nil {
		t.Fatal(err)
	}
	var resp smpp.QuerySMResp
	err = resp.Decode(f)
	if err != nil || string(resp.MessageID) != "1-1" || resp.MessageState != stateDelivered {
		t.Fatalf("%+v %v", resp, err)
	}
}

func TestMCRequests(t *testing.T) {
	t.Parallel()
	mc, e := bound(t, MCOptions{})
	e.AnswerAll()
	s := mc.Sessions()[0]
	deliver := smpp.DeliverSM{Dest: smpp.Address{Addr: []byte("55555")}, ShortMessage: []byte("hi")}
	answer, err := s.Do(testContext(t), deliver.Append(nil, smpp.Header{Sequence: s.NextSequence()}))
	if err != nil {
		t.Fatal(err)
	}
	wantHeader(t, answer, smpp.IDDeliverSMResp, smpp.ESME_ROK, 1)
	wantHeader(t, recv(t, e), smpp.IDDeliverSM, smpp.ESME_ROK, 1)
	s.Unbind()
	wantHeader(t, recv(t, e), smpp.IDUnbind, smpp.ESME_ROK, 2)
	<-s.Done()
	if err := e.Faults(); err != nil {
		t.Fatal(err)
	}
	if got := len(s.Responses()); got != 2 {
		t.Fatalf("%d responses recorded", got)
	}
}

func TestPauseMeetsTCP(t *testing.T) {
	t.Parallel()
	mc, e := bound(t, MCOptions{})
	s := mc.Sessions()[0]
	s.Pause()
	sent := make(chan error, 1)
	const frames = 400 // of 64 KiB: more than the sockets' buffers hold
	payload := smpp.TLV{Tag: smpp.TagMessagePayload, Value: make([]byte, 64<<10-1)}
	sm := smpp.SubmitSM{Dest: smpp.Address{Addr: []byte("447970123456")}, TLVs: []smpp.TLV{payload}}
	go func() { sent <- e.Send(bytes.Repeat(sm.Append(nil, smpp.Header{Sequence: 5}), frames)) }()
	select {
	case err := <-sent:
		t.Fatalf("Send came back (%v) although nobody reads", err)
	default:
	}
	if got := mc.Stats().Messages; got != 0 {
		t.Fatalf("%d messages taken while paused", got)
	}
	s.Resume()
	for range frames {
		wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 5)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	t.Parallel()
	mc, err := StartMC(MCOptions{Script: Script{Delay: 1 << 40}})
	if err != nil {
		t.Fatal(err)
	}
	e := dial(t, mc)
	e.Bind(testContext(t), smpp.IDBindTransceiver, "a", "b")
	send(t, e, submitFrame(2, "447970123456"))
	mc.Wait(testContext(t), 1)
	if err := mc.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Recv(testContext(t)); err == nil {
		t.Fatal("the session lives on")
	}
	if _, err := net.Dial("tcp", mc.Addr()); err == nil {
		t.Fatal("still listening")
	}
	if mc.ServeConn(closedConn(t)) != nil {
		t.Fatal("a closed MC took a connection")
	}
}

func closedConn(t *testing.T) net.Conn {
	t.Helper()
	a, b := net.Pipe()
	b.Close()
	return a
}

func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	if _, err := StartMC(MCOptions{Addr: "127.0.0.1:no"}); err == nil {
		t.Fatal("listens on no port")
	}
	_, err := Dial(testContext(t), "127.0.0.1:1")
	var refused *net.OpError
	if !errors.As(err, &refused) {
		t.Fatalf("dial: %v", err)
	}
}
