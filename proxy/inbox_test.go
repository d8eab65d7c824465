package proxy

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"geogate/smpp"
)

// reads hands out the given pieces, one a read.
type reads struct {
	net.Conn
	pieces [][]byte
}

func (c *reads) Read(b []byte) (int, error) {
	for len(c.pieces) > 0 && len(c.pieces[0]) == 0 {
		c.pieces = c.pieces[1:]
	}
	if len(c.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(b, c.pieces[0])
	if c.pieces[0] = c.pieces[0][n:]; len(c.pieces[0]) == 0 {
		c.pieces = c.pieces[1:]
	}
	return n, nil
}

func TestInboxCutsAnyPieces(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var stream []byte
		var want []smpp.Frame
		for i := range 30 {
			size := random.IntN(300)
			if random.IntN(20) == 0 {
				size = random.IntN(smpp.DefaultMaxPDU - smpp.HeaderLen + 1)
			}
			f := raw(smpp.IDSubmitSM, uint32(i), string(bytes.Repeat([]byte{byte(i)}, size)))
			want = append(want, f)
			stream = append(stream, f...)
		}
		conn := &reads{}
		for len(stream) > 0 {
			n := min(len(stream), 1+random.IntN(1<<random.IntN(17)))
			conn.pieces = append(conn.pieces, stream[:n])
			stream = stream[n:]
		}
		in := newInbox(conn, smpp.DefaultMaxPDU)
		var got []smpp.Frame
		for {
			f, err := in.next()
			if err != nil {
				t.Fatal(err)
			}
			if len(f) > 0 {
				got = append(got, bytes.Clone(f))
			} else if in.fill() != nil {
				break
			}
		}
		sameFrames(t, got, want...)
		if len(in.buf) > smpp.DefaultMaxPDU+batchBuffer {
			t.Fatalf("the buffer has grown to %d", len(in.buf))
		}
	}
}

// TestInboxBufferFollowsTheFrames reads frames longer than the buffer, and others behind them.
func TestInboxBufferFollowsTheFrames(t *testing.T) {
	t.Parallel()
	long := raw(smpp.IDSubmitSM, 1, strings.Repeat("x", 2*ownBuffer))
	conn := &reads{pieces: [][]byte{long, submit(2, open)}}
	in := newInbox(conn, smpp.DefaultMaxPDU)
	in.bound()
	for _, want := range []int{len(long), ownBuffer} {
		var f smpp.Frame
		for len(f) == 0 {
			var err error
			if f, err = in.next(); err == nil && len(f) == 0 {
				err = in.fill()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if len(in.buf) != want {
			t.Fatalf("a buffer of %d for a frame of %d, want %d", len(in.buf), len(f), want)
		}
	}
	conn.pieces = [][]byte{{0xFF, 0xFF, 0xFF, 0xFF}} // 4 GiB announced
	if in.fill() != nil {
		t.Fatal("no read")
	}
	if _, err := in.next(); err == nil || len(in.buf) != ownBuffer {
		t.Fatal(err, len(in.buf))
	}
}

// TestInboxIdle sends a frame and the beginning of another over TCP: while the rest is awaited the inbox holds
// the beginning and no buffer, and the rest completes it.
func TestInboxIdle(t *testing.T) {
	t.Parallel()
	near, far := tcpPipe(t)
	in := newInbox(near, smpp.DefaultMaxPDU)
	first, second := submit(1, open), submit(2, open)
	if _, err := far.Write(slices.Concat(first, second[:20])); err != nil {
		t.Fatal(err)
	}
	var got []smpp.Frame
	read := func(deadline time.Time) error {
		near.SetReadDeadline(deadline)
		for {
			f, err := in.next()
			if err != nil {
				t.Fatal(err)
			}
			if len(f) > 0 {
				got = append(got, bytes.Clone(f))
			} else if err := in.fill(); err != nil {
				return err
			}
		}
	}
	for !in.partial() { // what was written may come in pieces
		if err := read(time.Now().Add(50 * time.Millisecond)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
	}
	if in.buf != nil || cap(in.rest) > keepRest {
		t.Fatalf("idle with a buffer of %d and a rest of %d", len(in.buf), cap(in.rest))
	}
	if _, err := far.Write(second[20:]); err != nil {
		t.Fatal(err)
	}
	far.Close()
	if err := read(time.Now().Add(patience)); err != io.EOF || in.partial() {
		t.Fatal(err, in.partial())
	}
	sameFrames(t, got, first, second)
}

// tcpPipe is both ends of a TCP connection.
func tcpPipe(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	near = newSocket(near.(*net.TCPConn))
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}
