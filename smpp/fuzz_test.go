package smpp

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// fuzzDecoder feeds one decoder with statuses and bodies. What decodes must encode to the same octets, into a
// fresh value and into one that has held another PDU; what does not must name a field within the frame and a
// status.
func fuzzDecoder(f *testing.F, ids ...CommandID) {
	var zero func() pdu
	var used Frame
	for _, g := range goldens {
		frame := g.frame(f)
		if frame.ID() == ids[0] {
			zero, used = g.zero, frame
		}
		for _, id := range ids {
			if frame.ID() == id {
				f.Add(byte(0), uint32(frame.Status()), frame.Body())
				f.Add(byte(1), uint32(frame.Status()), append(append([]byte(nil), frame.Body()...), 0))
			}
		}
	}
	f.Add(byte(0), uint32(ESME_RSYSERR), []byte{})
	f.Fuzz(func(t *testing.T, which byte, status uint32, body []byte) {
		h := Header{ID: ids[int(which)%len(ids)], Status: Status(status), Sequence: 42}
		frame := Frame(end(append(h.Append(nil), body...), 0))
		fresh, second := zero(), zero()
		if err := second.Decode(used); err != nil {
			t.Fatal(err)
		}
		err := fresh.Decode(frame)
		if again := second.Decode(frame); !reflect.DeepEqual(err, again) {
			t.Fatalf("%x: %v, then %v", frame, err, again)
		}
		if err != nil {
			fault := err.(*FieldError)
			inside := fault.Offset >= HeaderLen && fault.Offset <= len(frame)
			if fault.Field == "" || fault.Status == ESME_ROK || !inside {
				t.Fatalf("%x: %+v", frame, fault)
			}
			return
		}
		for _, p := range []pdu{fresh, second} {
			if encoded := p.Append(nil, frame.Header()); !bytes.Equal(encoded, frame) {
				t.Fatalf("encodes differently:\n got %x\nwant %x", encoded, frame)
			}
		}
	})
}

func FuzzBindRequest(f *testing.F) {
	fuzzDecoder(f, IDBindTransceiver, IDBindTransmitter, IDBindReceiver)
}
func FuzzBindResponse(f *testing.F) {
	fuzzDecoder(f, IDBindReceiverResp, IDBindTransceiverResp, IDBindTransmitterResp)
}
func FuzzOutbind(f *testing.F)           { fuzzDecoder(f, IDOutbind) }
func FuzzAlertNotification(f *testing.F) { fuzzDecoder(f, IDAlertNotification) }
func FuzzSubmitSM(f *testing.F)          { fuzzDecoder(f, IDSubmitSM) }
func FuzzSubmitSMResp(f *testing.F)      { fuzzDecoder(f, IDSubmitSMResp) }
func FuzzSubmitMulti(f *testing.F)       { fuzzDecoder(f, IDSubmitMulti) }
func FuzzSubmitMultiResp(f *testing.F)   { fuzzDecoder(f, IDSubmitMultiResp) }
func FuzzDataSM(f *testing.F)            { fuzzDecoder(f, IDDataSM) }
func FuzzDataSMResp(f *testing.F)        { fuzzDecoder(f, IDDataSMResp) }
func FuzzDeliverSM(f *testing.F)         { fuzzDecoder(f, IDDeliverSM) }
func FuzzDeliverSMResp(f *testing.F)     { fuzzDecoder(f, IDDeliverSMResp) }
func FuzzQuerySM(f *testing.F)           { fuzzDecoder(f, IDQuerySM) }
func FuzzQuerySMResp(f *testing.F)       { fuzzDecoder(f, IDQuerySMResp) }
func FuzzCancelSM(f *testing.F)          { fuzzDecoder(f, IDCancelSM) }
func FuzzReplaceSM(f *testing.F)         { fuzzDecoder(f, IDReplaceSM) }
func FuzzBroadcastSM(f *testing.F)       { fuzzDecoder(f, IDBroadcastSM) }
func FuzzQueryBroadcastSM(f *testing.F)  { fuzzDecoder(f, IDQueryBroadcastSM) }
func FuzzCancelBroadcastSM(f *testing.F) { fuzzDecoder(f, IDCancelBroadcastSM) }

// FuzzFraming cuts any stream into frames, whole and in pieces of any size: the same frames, the same end.
func FuzzFraming(f *testing.F) {
	var stream []byte
	for _, g := range goldens {
		stream = append(stream, g.frame(f)...)
	}
	f.Add(stream, 1)
	f.Add(append(stream[:100:100], "GET / HTTP/1.1"...), 7)
	f.Add([]byte("\x00\x00\x00\x0f"), 3)
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		const limit = 1024
		piece = 1 + (piece&0x7fffffff)%64
		var buf, joined []byte
		for from := 0; from < len(stream); from += piece {
			buf = append(buf, stream[from:min(from+piece, len(stream))]...)
			for {
				n, err := FrameLen(buf, limit)
				if n < 0 || n > len(buf) || n > limit || n > 0 && n < HeaderLen {
					t.Fatalf("FrameLen = %d of %d", n, len(buf))
				}
				if err != nil {
					whole(t, stream, joined, limit, true)
					return
				}
				if n == 0 {
					break
				}
				joined, buf = append(joined, buf[:n]...), buf[n:]
			}
		}
		whole(t, stream, joined, limit, false)
	})
}

// whole reads the stream again with ReadFrame: the frames must be those that were joined.
func whole(t *testing.T, stream, joined []byte, limit int, broken bool) {
	t.Helper()
	r := bytes.NewReader(stream)
	var again []byte
	for {
		f, err := ReadFrame(r, nil, limit)
		if err != nil {
			if _, fault := err.(*FrameError); fault != broken {
				t.Fatalf("%v, broken in pieces: %v", err, broken)
			}
			break
		}
		again = append(again, f...)
	}
	if !bytes.Equal(again, joined) {
		t.Fatalf("whole %x, in pieces %x", again, joined)
	}
}

// FuzzDestinations holds Destinations against the full decoder, go-smpp and the long way of editing.
func FuzzDestinations(f *testing.F) {
	for _, frame := range judged(f) {
		f.Add(uint32(frame.ID()), frame.Body(), uint64(0x5555555555555555))
		f.Add(uint32(frame.ID()), frame.Body()[:len(frame.Body())/2], uint64(1))
	}
	f.Fuzz(func(t *testing.T, id uint32, body []byte, choice uint64) {
		frame := Frame(end(append(Header{ID: CommandID(id), Sequence: 42}.Append(nil), body...), 0))
		var d Destinations
		err := d.Read(frame)
		if err != nil && len(d.List) > 0 || err == nil && len(d.List) == 0 {
			t.Fatalf("%v with %d destinations", err, len(d.List))
		}
		switch frame.ID() {
		case IDSubmitSM, IDSubmitMulti, IDDataSM:
		default:
			return
		}
		agree(t, &d, frame, err)
		if err != nil {
			return
		}
		oracle(t, frame)
		edits := make([]Edit, len(d.List))
		for i := range edits {
			bits := choice >> (i % 32 * 2)
			edits[i] = Edit{TON: 1, NPI: 1, Digits: []byte("33612345678")}
			edits[i].Drop, edits[i].Rewrite = bits&1 != 0 && i > 0, bits&2 != 0
		}
		if got, want := d.AppendEdited(nil, frame, edits), edited(t, frame, edits); !bytes.Equal(got, want) {
			t.Fatalf("edited:\n got %x\nwant %x", got, want)
		}
	})
}

// FuzzMergedUnsuccess: a merged answer holds what was in the message centre's and what was added, and
// decodes.
func FuzzMergedUnsuccess(f *testing.F) {
	f.Add(uint32(0), []byte("abcd\x00\x00"))
	f.Add(uint32(0), []byte("abcd\x00\x01\x01\x0144\x00\x00\x00\x00\x0b\x14\x03\x00\x01x"))
	f.Add(uint32(0), []byte{})
	f.Add(uint32(8), []byte{})
	f.Fuzz(func(t *testing.T, status uint32, body []byte) {
		h := Header{ID: IDSubmitMultiResp, Status: Status(status)}
		resp := Frame(end(append(h.Append(nil), body...), 0))
		merged, err := AppendMergedUnsuccess(nil, resp, refused)
		if err != nil {
			return
		}
		var before, after SubmitMultiResp
		if err := after.Decode(merged); err != nil {
			t.Fatalf("%x cannot be read: %v", merged, err)
		}
		if before.Decode(resp) != nil || before.MessageID == nil {
			return // stops early: read as one without entries
		}
		before.Unsuccess = append(before.Unsuccess, refused...)
		if want := before.Append(nil, resp.Header()); !bytes.Equal(merged, want) {
			t.Fatalf("merged:\n got %x\nwant %x", merged, want)
		}
	})
}

// FuzzTrace: one printable line for whatever comes, and no password in it.
func FuzzTrace(f *testing.F) {
	for _, g := range goldens {
		f.Add([]byte(g.frame(f)))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		line := Trace(frame)
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q", line)
		}
	})
}
