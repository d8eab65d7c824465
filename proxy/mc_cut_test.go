package proxy

import (
	"bytes"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"geogate/smpp"
)

// TestNothingBehindACutFrame: a message centre has taken part of a frame when a write to it fails. It gets nothing more,
// whoever wrote: what followed would be the rest of a message.
func TestNothingBehindACutFrame(t *testing.T) {
	t.Parallel()
	load := bytes.Repeat(submit(1, open), 1<<14)
	for name, write := range map[string]func(t *testing.T, d *desk, mc *socket){
		"a batch": func(t *testing.T, d *desk, mc *socket) {
			d.in.put(load)
			if d.takeBatch() {
				t.Error("the ESME is read on")
			}
		},
		"pending, at leaving a loop": func(t *testing.T, d *desk, mc *socket) {
			f := &flow{pair: d.pair, esme: &socket{}, mc: mc}
			mc.pending = load
			f.writePending()
			if !f.over.esme {
				t.Error("the ESME is read on")
			}
		},
		"pending, in a loop": func(t *testing.T, d *desk, mc *socket) {
			if err := mc.detach(&flow{}); err != nil {
				t.Fatal(err)
			}
			if mc.Write(load); len(mc.pending) == 0 {
				t.Fatal("all of it was taken")
			}
			d.mcFailed(os.ErrDeadlineExceeded)
			mc.pending = nil
			if err := mc.attach(); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			near, far := tcpPipe(t)
			near.(*socket).conn.SetWriteBuffer(1)
			far.(*net.TCPConn).SetReadBuffer(1)
			d := newDesk(t, acme(), false)
			d.pair.mc = near
			d.cfg.WriteDeadline = 10 * time.Millisecond
			write(t, d, near.(*socket))
			near.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			if n, err := near.Write(smpp.AppendHeader(nil, smpp.IDUnbind, smpp.ESME_ROK, 2)); err == nil {
				t.Errorf("%d octets were written behind it", n)
			}
			far.SetReadDeadline(time.Now().Add(patience))
			got, err := io.ReadAll(far)
			if err != nil || len(got) == 0 || !bytes.HasPrefix(load, got) || d.why() != MCSlow {
				t.Errorf("%d octets of %d, the end %v, cause %s", len(got), len(load), err, d.why())
			}
		})
	}
}
