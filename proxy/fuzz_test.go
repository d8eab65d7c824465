package proxy

import (
	"bytes"
	"slices"
	"testing"

	"geogate/smpp"
)

// run gives a bound pair what an ESME sends, cut in two, and returns what the message centre and the ESME
// get.
func run(t testing.TB, stream []byte, cut int) (toMC, toESME []byte) {
	d := newDesk(t, acme(), true)
	d.esme.pieces, d.mc.keep = [][]byte{stream[:cut], stream[cut:]}, true
	d.fromESME(false)
	return d.mc.got, d.esme.got
}

// FuzzFromESME sends anything. It must not matter how it is cut; what cannot be framed ends the session with
// one generic_nack; every request before that is forwarded or answered, once; and what is forwarded stood in
// the stream.
func FuzzFromESME(f *testing.F) {
	for _, seed := range [][]byte{
		submit(1, open), submit(2, closed), multi(3, open, closed),
		slices.Concat(submit(1, "+"+open), submit(2, open)), header(smpp.IDEnquireLink, 9),
		slices.Concat(header(smpp.IDUnbind, 9), submit(4, open)), raw(0x7777, 5, "x"),
		raw(smpp.IDDataSM, 6, "\x00\x00\x00\x00\x01\x01"+open+"\x00\x00\x00\x00"),
		{0, 0, 0, 3}, []byte("GET / HTTP/1.1"),
		header(smpp.IDDeliverSMResp, 1), raw(smpp.IDBroadcastSM, 7, ""), goodBody().frame(8),
	} {
		f.Add(seed, uint16(5))
	}
	f.Fuzz(func(t *testing.T, stream []byte, cut uint16) {
		toMC, toESME := run(t, stream, 0)
		cutMC, cutESME := run(t, stream, int(cut)%(len(stream)+1))
		if !bytes.Equal(toMC, cutMC) || !slices.EqualFunc(frames(t, toESME), frames(t, cutESME), sameFrame) {
			t.Fatalf("cut at %d: %x %x, whole: %x %x", cut, cutMC, cutESME, toMC, toESME)
		}
		requests, broken := requestsIn(stream)
		answered := len(frames(t, toESME))
		for _, frame := range frames(t, toMC) {
			if !frame.ID().IsResponse() {
				answered++
			}
			if whole := bytes.Contains(stream, frame); !whole && !judged(frame.ID()) {
				t.Fatalf("not in the stream: %x", frame)
			}
		}
		if broken {
			requests++
		}
		if answered != requests {
			t.Fatalf("%d requests, %d forwarded or answered", requests, answered)
		}
	})
}

// judged reports whether frames of the kind may be forwarded otherwise than they came.
func judged(id smpp.CommandID) bool {
	return id == smpp.IDSubmitSM || id == smpp.IDSubmitMulti || id == smpp.IDDataSM
}

func sameFrame(a, b smpp.Frame) bool { return bytes.Equal(a, b) }

// frames cuts what the proxy wrote, which must be whole frames.
func frames(t testing.TB, b []byte) []smpp.Frame {
	var list []smpp.Frame
	for len(b) > 0 {
		n, err := smpp.FrameLen(b, 2*smpp.DefaultMaxPDU)
		if err != nil || n == 0 {
			t.Fatalf("not whole frames: %x", b)
		}
		list = append(list, b[:n])
		b = b[n:]
	}
	return list
}

// requestsIn counts the whole requests of a stream, and reports whether framing is lost behind them.
func requestsIn(b []byte) (n int, broken bool) {
	for {
		length, err := smpp.FrameLen(b, smpp.DefaultMaxPDU)
		if length == 0 {
			return n, err != nil
		}
		if !smpp.Frame(b).ID().IsResponse() {
			n++
		}
		b = b[length:]
	}
}

// FuzzFromMC lets a message centre send anything: whole frames are relayed octet for octet, up to where
// framing is lost.
func FuzzFromMC(f *testing.F) {
	for _, seed := range [][]byte{
		deliver(1, "x"), raw(smpp.IDSubmitSMResp, 1, "id\x00"), raw(smpp.IDSubmitMultiResp, 2, "id\x00\x00"),
		header(smpp.IDGenericNack, 3), header(smpp.IDUnbind, 4), header(smpp.IDUnbindResp, 4), {0, 0, 0, 3},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		d := newDesk(t, acme(), true)
		d.mc.pieces = [][]byte{stream}
		d.fromMC(false)
		want := stream
		for rest := stream; ; {
			n, _ := smpp.FrameLen(rest, smpp.DefaultMaxPDU)
			if n == 0 {
				want = stream[:len(stream)-len(rest)]
				break
			}
			rest = rest[n:]
		}
		if !bytes.Equal(d.esme.got, want) {
			t.Fatalf("relayed %x, want %x", d.esme.got, want)
		}
	})
}
