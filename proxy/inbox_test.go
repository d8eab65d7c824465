package proxy

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"

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
			if f != nil {
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

func TestInboxBufferFollowsTheTraffic(t *testing.T) {
	t.Parallel()
	conn := &reads{pieces: [][]byte{bytes.Repeat(submit(1, open), 5000)}}
	in := newInbox(conn, smpp.DefaultMaxPDU)
	take := func() {
		for {
			f, err := in.next()
			if err != nil {
				t.Fatal(err)
			}
			if f == nil && in.fill() != nil {
				return
			}
		}
	}
	take()
	if len(in.buf) != batchBuffer {
		t.Fatalf("busy: %d", len(in.buf))
	}
	for range quietReads + 2 {
		conn.pieces = append(conn.pieces, header(smpp.IDEnquireLink, 1))
	}
	take()
	if len(in.buf) != smallBuffer {
		t.Fatalf("quiet: %d", len(in.buf))
	}
	conn.pieces = [][]byte{{0xFF, 0xFF, 0xFF, 0xFF}} // 4 GiB announced
	if in.fill() != nil {
		t.Fatal("no read")
	}
	if _, err := in.next(); err == nil || len(in.buf) != smallBuffer {
		t.Fatal(err, len(in.buf))
	}
}
