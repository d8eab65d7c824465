package proxy

import (
	"bytes"
	"crypto/tls"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// secured opens a TLS door and connects to it.
func (r *rig) secured(t *testing.T) *tls.Conn {
	t.Helper()
	ours := newAuthority(t)
	addr := r.open(Door{NewTLS: always(&tls.Config{Certificates: []tls.Certificate{ours.pair(forLoopback())}})})
	conn := tls.Client(dialTCP(t, addr), &tls.Config{RootCAs: ours.roots, ServerName: "127.0.0.1"})
	if err := conn.HandshakeContext(testContext(t)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestConformanceD24TLSPeerNeverReads has an ESME send over TLS and read nothing: the write deadline ends its
// session and no other.
func TestConformanceD24TLSPeerNeverReads(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Forget: true}, func(c *Config) { c.WriteDeadline = time.Second })
	conn := r.secured(t)
	bind := smpp.BindRequest{SystemID: []byte("acme"), Password: smpp.Secret("secret")}
	conn.Write(bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1}))
	if _, err := smpptest.NewFrameReader(conn, 0).Next(); err != nil {
		t.Fatal(err)
	}
	other := r.trx()
	stream := bytes.Repeat(submit(1, closed), 500)
	for _, err := conn.Write(stream); err == nil; _, err = conn.Write(stream) {
	}
	if end := r.ended(t, 1); end.Cause != ESMESlow {
		t.Fatal(end)
	}
	linkUp(t, other)
}

// TestConformanceF40TLSDrain shuts down with a request in flight over TLS: its answer comes, then the unbind.
func TestConformanceF40TLSDrain(t *testing.T) {
	t.Parallel()
	asked, answer := make(chan struct{}), make(chan struct{})
	r := newRig(t, smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID() == smpp.IDSubmitSM {
			close(asked)
			<-answer
		}
		return smpptest.Action{}
	}}, nil)
	e := over(t, r.secured(t))
	wantBind(t, e, "acme", "secret", smpp.ESME_ROK)
	if err := e.Send(submit(7, open)); err != nil {
		t.Fatal(err)
	}
	<-asked
	e.AnswerAll()
	done := make(chan error, 1)
	go func() { done <- r.srv.Shutdown(testContext(t)) }()
	close(answer)
	for _, want := range []smpp.CommandID{smpp.IDSubmitSMResp, smpp.IDUnbind} {
		if f, err := e.Recv(testContext(t)); err != nil || f.ID() != want || f.Status() != smpp.ESME_ROK {
			t.Fatalf("%v, %v: %s is wanted", f, err, want)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if end := r.ended(t, 1); end.Cause != Drained {
		t.Error(end)
	}
}
