//go:build linux

package proxy

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestSealedInOneSegment sends many records at once, of TLS 1.2 and 1.3: all of them are taken, although the kernel
// tells of them once. Those that come in one segment with the bind are few, so that they are read with it.
func TestSealedInOneSegment(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSecuredRig(t, smpptest.MCOptions{}, true, nil)
			r.settings.MaxVersion = version
			p := r.connect(t)
			sealed := p.records(append([]smpp.Frame{bindPDU(1, "acme", "")}, submits(2, 4)...)...)
			p.wire.Write(sealed[:len(sealed)-1])
			p.want(smpp.IDBindTransceiverResp, 1)
			p.want(smpp.IDSubmitSMResp, 2)
			p.want(smpp.IDSubmitSMResp, 3)
			p.wire.Write(sealed[len(sealed)-1:])
			p.want(smpp.IDSubmitSMResp, 4)
			p.wire.Write(p.records(submits(5, 200)...))
			for seq := uint32(5); seq <= 200; seq++ {
				p.want(smpp.IDSubmitSMResp, seq)
			}
		})
	}
}

// TestSealedBehindProxyHeader has the handshake begin in one segment with a PROXY header: a loop serves the session too.
func TestSealedBehindProxyHeader(t *testing.T) {
	t.Parallel()
	r := newSecuredRig(t, smpptest.MCOptions{}, true, nil)
	addr := r.open(Door{NewTLS: always(r.server), Trusted: loopback})
	e := over(t, r.connectTo(t, addr, proxyHeader(t, 2, "192.0.2.7:4000")))
	wantBind(t, e, "acme", "", smpp.ESME_ROK)
	r.wait2(t)
	linkUp(t, e)
}

// TestRenegotiationHasNoLoop: a handshake cannot be waited for in a loop.
func TestRenegotiationHasNoLoop(t *testing.T) {
	t.Parallel()
	r := newSecuredRig(t, smpptest.MCOptions{}, true, func(c *Config) {
		c.Upstreams["mc"].TLS.Renegotiation = tls.RenegotiateOnceAsClient
	})
	e := over(t, r.connect(t))
	wantBind(t, e, "acme", "", smpp.ESME_ROK)
	if linkUp(t, e); watched(t, r.srv) != 0 {
		t.Error("a loop has it")
	}
}

// TestSealedThenEnd sends records and ends at once, in TLS, in TCP or in both: all are answered, then the session ends.
func TestSealedThenEnd(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]struct{ farewell, fin bool }{
		"close_notify": {true, false}, "FIN": {false, true}, "both": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSecuredRig(t, smpptest.MCOptions{}, true, nil)
			p := r.looped(t)
			sealed := p.records(submits(2, 50)...)
			if ends.farewell {
				p.wire.keep = true
				p.CloseWrite()
				sealed = append(sealed, p.wire.take()...)
				p.wire.SetDeadline(time.Now().Add(patience)) // CloseWrite has set one
			}
			p.wire.Write(sealed)
			if ends.fin {
				p.wire.Conn.(*net.TCPConn).CloseWrite()
			}
			for seq := uint32(2); seq <= 50; seq++ {
				p.want(smpp.IDSubmitSMResp, seq)
			}
			if _, err := p.frames.Next(); !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			if end := r.ended(t, 1); end.Cause != ESMEClosed || end.Unanswered != 0 {
				t.Error(end)
			}
		})
	}
}

// TestSealedDamage damages a record: what came before it is taken, the session ends, and an alert says why.
func TestSealedDamage(t *testing.T) {
	t.Parallel()
	r := newSecuredRig(t, smpptest.MCOptions{}, true, nil)
	p := r.looped(t)
	sealed := p.records(submits(2, 3)...)
	sealed[len(sealed)-1] ^= 1
	p.wire.Write(sealed)
	var alert *net.OpError
	if _, err := io.ReadAll(p); !errors.As(err, &alert) || alert.Op != "remote error" {
		t.Error(err)
	}
	if end := r.ended(t, 1); end.Cause != ESMEClosed {
		t.Error(end)
	}
	if got := r.mc.Messages(); len(got) != 1 {
		t.Errorf("%d messages, want 1", len(got))
	}
}

// TestSealedPendingESME has the message centre send to an ESME that reads nothing until octets are pending. They are
// sealed already, and come through as they are: when it reads on, and when the session is drained meanwhile.
func TestSealedPendingESME(t *testing.T) {
	t.Parallel()
	for name, drain := range map[string]bool{"reads on": false, "drained": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSecuredRig(t, smpptest.MCOptions{}, true, nil)
			e := over(t, r.connect(t))
			wantBind(t, e, "acme", "", smpp.ESME_ROK)
			r.wait2(t)
			e.AnswerAll()
			e.Pause()
			sent := uint32(0)
			for end := time.Now().Add(patience); !r.pending(t); time.Sleep(time.Millisecond) {
				var load []byte
				for range 1000 {
					sent++
					load = append(load, raw(smpp.IDDeliverSM, sent, text1K)...)
				}
				if r.link().Send(load); time.Now().After(end) {
					t.Fatal("nothing is pending")
				}
			}
			if drain {
				r.drainAll()
			}
			e.Resume()
			for seq := uint32(1); seq <= sent; seq++ {
				if f := recv(t, e); f.ID() != smpp.IDDeliverSM || f.Sequence() != seq {
					t.Fatalf("%s, want deliver_sm %d of %d", smpp.Trace(f), seq, sent)
				}
			}
			if !drain {
				linkUp(t, e)
				return
			}
			if f := recv(t, e); f.ID() != smpp.IDUnbind {
				t.Fatal(smpp.Trace(f))
			}
			if end := r.ended(t, 1); end != (End{Cause: Drained}) {
				t.Error(end)
			}
		})
	}
}

// TestSealedPendingMC is the other direction: what is pending for the message centre comes through as it was sealed.
func TestSealedPendingMC(t *testing.T) {
	t.Parallel()
	for name, drain := range map[string]bool{"reads on": false, "drained": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSecuredRig(t, smpptest.MCOptions{}, true, nil)
			p := r.looped(t)
			p.wire.SetDeadline(time.Time{})
			r.link().Pause()
			stop := make(chan struct{})
			go func() {
				for seq := uint32(1); ; seq++ {
					select {
					case <-stop:
						p.Write(header(smpp.IDEnquireLink, seq))
						return
					default:
						p.Write(long(seq))
					}
				}
			}()
			eventually(t, "octets are pending", func() bool { return r.pending(t) })
			close(stop)
			if drain {
				r.drainAll()
			}
			r.link().Resume()
			last, answered := smpp.IDEnquireLinkResp, 0
			if drain {
				last = smpp.IDUnbind
			}
			f, err := p.frames.Next()
			for ; err == nil && f.ID() != last; f, err = p.frames.Next() {
				if f.Status() == smpp.ESME_ROK {
					answered++
					checkHeader(t, f, smpp.IDSubmitSMResp, smpp.ESME_ROK, uint32(answered))
				}
			}
			if err != nil {
				t.Fatal(answered, err)
			}
			got := r.mc.Messages()
			if len(got) != answered {
				t.Errorf("%d messages, %d answered", len(got), answered)
			}
			for i, f := range got {
				if f.Sequence() != uint32(i+1) {
					t.Fatalf("%s, want submit_sm %d", smpp.Trace(f), i+1)
				}
			}
		})
	}
}

var text1K = string(slices.Repeat([]byte{'x'}, 1000))

// long is a submit_sm with a long text.
func long(seq uint32) smpp.Frame {
	sm := smpp.SubmitSM{
		Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte(open)}, TLVs: []smpp.TLV{{Tag: 0x0424, Value: []byte(text1K)}},
	}
	return sm.Append(nil, smpp.Header{Sequence: seq})
}

// drainAll drains the sessions and not the server.
func (r *rig) drainAll() {
	r.srv.mu.Lock()
	defer r.srv.mu.Unlock()
	for p := range r.srv.pairs {
		p.drain(Drained)
	}
}
