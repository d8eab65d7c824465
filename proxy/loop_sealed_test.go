//go:build linux

package proxy

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"geogate/smpp"
)

// sealedDesk is a desk whose ESME speaks TLS and is a socket of a loop. Nobody runs the loop but the test.
type sealedDesk struct {
	*desk
	loop *loop
	side *side
	peer *peer // its wire keeps what it writes
	far  int   // descriptor of the peer's end
}

// newSealedDesk makes one over a socket of a type.
func newSealedDesk(t *testing.T, kind int, keep bool) *sealedDesk {
	t.Helper()
	near, far := tcpPipe(t)
	ours, d := newAuthority(t), newDesk(t, acme(), keep)
	server := tls.Server(near, &tls.Config{Certificates: []tls.Certificate{ours.pair(forLoopback())}})
	wire := &gathered{Conn: far}
	client := tls.Client(wire, &tls.Config{RootCAs: ours.roots, ServerName: "127.0.0.1"})
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLoop()
	if err != nil {
		t.Fatal(err)
	}
	s := near.(*socket)
	f := &flow{pair: d.pair, loop: l, esme: s}
	if err := s.detach(f); err != nil {
		t.Fatal(err)
	}
	unix.Close(s.fd)
	s.fd = fds[0]
	d.pair.esme = securedOver(near, server)
	d.out.conn = d.pair.esme
	d.in = newInbox(d.pair.esme, smpp.DefaultMaxPDU)
	l.lend(d.pair)
	l.watch(side{socket: s, flow: f, esme: true})
	t.Cleanup(func() {
		for _, fd := range []int{fds[0], fds[1], l.poll, l.bell} {
			unix.Close(fd)
		}
		s.conn = &net.TCPConn{} // whoever closes it must not meet the number of the descriptor
	})
	return &sealedDesk{d, l, &l.sides[s.fd], &peer{client, t, wire, nil}, fds[1]}
}

// say is what the ESME sends.
func (d *sealedDesk) say(t testing.TB, sealed []byte) {
	t.Helper()
	if n, err := unix.Write(d.far, sealed); n != len(sealed) {
		t.Fatal(n, err)
	}
}

// serve does what the loop does when it is told of an event; false: the session leaves it.
func (d *sealedDesk) serve(t testing.TB) bool {
	t.Helper()
	events := make([]unix.EpollEvent, 2)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if n, _ := pollFor(d.loop.poll, events, 100); n > 0 {
			return d.loop.read(d.side, events[0].Events&(unix.EPOLLRDHUP|ended) != 0)
		}
	}
	t.Fatal("the loop is told of nothing")
	return false
}

// TestSealedInPieces cuts a record anywhere: no piece but the last one brings the frame, and no buffer is held in between.
func TestSealedInPieces(t *testing.T) {
	t.Parallel()
	d := newSealedDesk(t, unix.SOCK_STREAM, true)
	f := submit(7, open)
	size := len(d.peer.records(f))
	d = newSealedDesk(t, unix.SOCK_STREAM, true)
	for cut := 1; cut < size; cut++ {
		sealed := d.peer.records(f)
		d.mc.got = nil
		for _, piece := range [][]byte{sealed[:cut], sealed[cut:]} {
			if d.in.buf != nil || len(d.mc.got) > 0 {
				t.Fatalf("before the end, at %d: a buffer of %d, %d octets forwarded", cut, len(d.in.buf), len(d.mc.got))
			}
			if d.say(t, piece); !d.serve(t) || !d.loop.read(d.side, false) { // the second time nothing is there
				t.Fatal("the session has ended")
			}
		}
		if !bytes.Equal(d.mc.got, f) {
			t.Fatalf("cut at %d: forwarded %x", cut, d.mc.got)
		}
	}
}

// TestSealedMoreThanOneRead has more waiting than a loop reads at once, and an end behind it: the kernel, which tells of
// each once, is asked to tell of the rest.
func TestSealedMoreThanOneRead(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]uint32{"much": 1000, "little": 10} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newSealedDesk(t, unix.SOCK_STREAM, true)
			frames := submits(1, n)
			d.say(t, d.peer.records(frames...))
			unix.Shutdown(d.far, unix.SHUT_WR)
			reads := 0
			for d.serve(t) {
				reads++
			}
			if !bytes.Equal(d.mc.got, slices.Concat(frames...)) {
				t.Errorf("%d octets forwarded", len(d.mc.got))
			}
			if n > 100 && reads < 2 {
				t.Errorf("%d reads", reads)
			}
		})
	}
}

// TestSealedTogether: what is written together leaves in one call, of as much as a buffer takes, however many records it
// takes.
func TestSealedTogether(t *testing.T) {
	t.Parallel()
	d := newSealedDesk(t, unix.SOCK_SEQPACKET, true)
	for _, test := range []struct{ octets, calls int }{{100, 1}, {60 << 10, 1}, {100 << 10, 2}, {60 << 10, 1}} {
		load := bytes.Repeat([]byte{'x'}, test.octets)
		if err := d.out.write(load); err != nil {
			t.Fatal(err)
		}
		if d.side.held != nil || d.side.pending != nil {
			t.Fatalf("%d octets are held, %d pending", len(d.side.held), len(d.side.pending))
		}
		var calls [][]byte
		for {
			buf := make([]byte, 2*batchBuffer)
			n, _, err := unix.Recvfrom(d.far, buf, 0)
			if err != nil {
				break
			}
			calls = append(calls, buf[:n])
		}
		if len(calls) != test.calls {
			t.Errorf("%d octets in %d calls, want %d", test.octets, len(calls), test.calls)
		}
		d.peer.wire.Conn = &reads{pieces: calls}
		got := make([]byte, len(load))
		if _, err := io.ReadFull(d.peer, got); err != nil || !bytes.Equal(got, load) {
			t.Fatalf("not what was written: %v", err)
		}
	}
}

// TestSealedAhead takes a socket out of a loop while TLS has not read all that was received for it: it reads that first.
func TestSealedAhead(t *testing.T) {
	t.Parallel()
	near, far := tcpPipe(t)
	s := near.(*socket)
	if err := s.detach(&flow{}); err != nil {
		t.Fatal(err)
	}
	far.Write([]byte("behind"))
	buf := []byte("ahead ")
	s.ahead = buf
	if n, err := s.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := s.attach(); err != nil {
		t.Fatal(err)
	}
	copy(buf, "other ") // a loop reads for the next one
	got := make([]byte, len("head behind"))
	if _, err := io.ReadFull(s, got); string(got) != "head behind" {
		t.Fatalf("read %q, %v", got, err)
	}
}

// TestSealedOwed: TLS answers the message centre by itself, to a change of keys for one. When that is not taken there is
// an end to reading what asks for more.
func TestSealedOwed(t *testing.T) {
	t.Parallel()
	d := newSealedDesk(t, unix.SOCK_STREAM, true)
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	f := d.side.flow
	f.mc = &socket{fd: fds[0], flow: f}
	d.loop.watch(side{socket: f.mc, flow: f})
	for octets, reads := range map[int]bool{2 * batchBuffer: true, 5*batchBuffer + smpp.DefaultMaxPDU: false} {
		f.mc.pending = make([]byte, octets)
		if d.loop.settle(f); f.mc.interest&unix.EPOLLIN != 0 != reads {
			t.Errorf("%d octets are pending; read on: %v", octets, !reads)
		}
	}
}

// TestSealedBehindPending: what is written while octets are pending goes out behind them, together or not.
func TestSealedBehindPending(t *testing.T) {
	t.Parallel()
	d := newSealedDesk(t, unix.SOCK_STREAM, true)
	d.side.pending = []byte("pending ")
	d.side.Write([]byte("alone "))
	d.side.hold()
	d.side.Write([]byte("toge"))
	d.side.Write([]byte("ther"))
	if err := errors.Join(d.side.release(), d.side.flush()); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, err := unix.Read(d.far, buf)
	if got := string(buf[:max(n, 0)]); got != "pending alone together" {
		t.Fatalf("%q, %v", got, err)
	}
}

// TestPendingNotTaken leaves a loop with octets pending that neither side takes: nothing is written behind them.
func TestPendingNotTaken(t *testing.T) {
	t.Parallel()
	esme, _ := tcpPipe(t)
	mc, _ := tcpPipe(t)
	d := newDesk(t, acme(), false)
	d.cfg.WriteDeadline = 10 * time.Millisecond
	f := &flow{pair: d.pair, esme: esme.(*socket), mc: mc.(*socket)}
	f.esme.pending, f.mc.pending = make([]byte, mostHeld), make([]byte, mostHeld)
	f.writePending()
	if !errors.Is(d.out.write([]byte("behind")), os.ErrDeadlineExceeded) {
		t.Error("the ESME is written to")
	}
	if !f.over.esme || d.why() != MCSlow {
		t.Errorf("the ESME is read on: %v; cause %s", !f.over.esme, d.why())
	}
}

// TestAllocSealed: a message over TLS costs no allocation in a loop. A batch costs the two that crypto/tls makes to ask
// for a record (atLeastReader, 24 octets): for the one there is, and for the one there is not.
func TestAllocSealed(t *testing.T) {
	const runs = 100
	for _, n := range []int{1, 100} {
		d := newSealedDesk(t, unix.SOCK_STREAM, false)
		load, answers := mix(n, 0)
		scrap := make([]byte, batchBuffer)
		var batches [][]byte
		for range 2 * runs {
			batches = append(batches, d.peer.records(load))
		}
		run := func() {
			d.say(t, batches[0])
			batches = batches[1:]
			if !d.serve(t) || d.out.write(answers) != nil {
				t.Fatal("the session has ended")
			}
			unix.Read(d.far, scrap)
		}
		for range runs / 2 {
			run() // grows the buffers
		}
		if got := testing.AllocsPerRun(runs, run); got > 2 && !racing { // which makes pools forget
			t.Errorf("batches of %d: %v allocations a batch", n, got)
		}
	}
}
