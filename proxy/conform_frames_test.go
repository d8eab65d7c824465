package proxy

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// wantFramingLost sends octets and checks that a generic_nack comes, then the end.
func wantFramingLost(t *testing.T, e *smpptest.ESME, b []byte) {
	t.Helper()
	send(t, e, b)
	frames := wantClosed(t, e)
	if len(frames) != 1 {
		t.Fatalf("got\n%s", traces(frames))
	}
	checkHeader(t, frames[0], smpp.IDGenericNack, smpp.ESME_RINVCMDLEN, 0)
}

func TestConformanceA1ShortCommandLength(t *testing.T) {
	t.Parallel()
	for _, length := range []byte{0, 1, 4, 15} {
		r := newRig(t, smpptest.MCOptions{}, nil)
		short := append([]byte{0, 0, 0, length}, submit(7, open)[4:]...)
		wantFramingLost(t, r.dial(), short)
		wantFramingLost(t, r.trx(), short)
		if end := r.ended(t, 2); end.Cause != ESMEBadFrame {
			t.Fatal(end)
		}
		if got := r.mc.Messages(); len(got) != 0 {
			t.Fatalf("forwarded\n%s", traces(got))
		}
	}
}

func TestConformanceA2LongCommandLength(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	for name, b := range map[string][]byte{
		"one over": binary.BigEndian.AppendUint32(nil, smpp.DefaultMaxPDU+1),
		"largest":  {0xFF, 0xFF, 0xFF, 0xFF},
		"HTTP":     []byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"),
		"TLS":      {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03},
		"4 octets": []byte("quit"),
	} {
		t.Run(name, func(t *testing.T) {
			wantFramingLost(t, r.dial(), b)
			wantFramingLost(t, r.trx(), b)
		})
	}
}

func TestConformanceA3PiecesAndLumps(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	var stream []byte
	var sent []smpp.Frame
	for seq := uint32(100); seq < 110; seq++ {
		dest := open
		if seq%3 == 0 {
			dest = closed
		} else {
			sent = append(sent, submit(seq, open))
		}
		stream = append(stream, submit(seq, dest)...)
	}
	for i := range stream { // octet by octet
		send(t, e, stream[i:i+1])
	}
	checkAnswers(t, e, 100, 110)
	send(t, e, stream) // all at once
	checkAnswers(t, e, 100, 110)
	send(t, e, stream[:2]) // split inside command_length
	send(t, e, stream[2:])
	checkAnswers(t, e, 100, 110)
	sameFrames(t, r.mc.Messages(), slices.Concat(sent, sent, sent)...)
}

// checkAnswers takes the answers to submits of which every third is refused.
func checkAnswers(t *testing.T, e *smpptest.ESME, from, to uint32) {
	t.Helper()
	left := int(to - from)
	for ; left > 0; left-- {
		f := recv(t, e)
		st := smpp.ESME_ROK
		if f.Sequence()%3 == 0 {
			st = smpp.ESME_RINVDSTADR
		}
		checkHeader(t, f, smpp.IDSubmitSMResp, st, f.Sequence())
	}
	if e.InFlight() != 0 || e.Faults() != nil {
		t.Fatalf("%d in flight, %v", e.InFlight(), e.Faults())
	}
}

func TestConformanceA4EndInsideAPDU(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	linkUp(t, e)
	send(t, e, submit(9, open)[:20])
	e.Close()
	if end := r.ended(t, 1); end.Cause != ESMETruncated || end.Unanswered != 0 {
		t.Fatal(end)
	}
	if err := r.mc.WaitIdle(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if got := r.mc.Messages(); len(got) != 1 {
		t.Fatalf("forwarded\n%s", traces(got))
	}
}

func TestConformanceA4MessageCentreEndsInsideAPDU(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Script: smpptest.Script{
		Faults: []smpptest.Chance{{Fault: smpptest.Truncated, Rate: 1}},
	}}, nil)
	e := r.trx()
	send(t, e, submit(9, open))
	if frames := wantClosed(t, e); len(frames) != 0 {
		t.Fatalf("got\n%s", traces(frames))
	}
	if end := r.ended(t, 1); end != (End{Cause: MCTruncated, Unanswered: 1}) {
		t.Fatal(end)
	}
}

func TestConformanceA5UnknownCommand(t *testing.T) {
	t.Parallel()
	const vendor = 0x00010200
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.RelayCommands = []smpp.CommandID{vendor} })
	e := r.trx()
	want(t, e, raw(0x00000112^0x7777, 42, "any body"), smpp.IDGenericNack, smpp.ESME_RINVCMDID)
	linkUp(t, e)
	want(t, e, raw(vendor, 43, "as configured"), smpp.IDGenericNack, smpp.ESME_RINVCMDID) // the MC's answer
	if r.seen(UnknownCommand) != 1 {
		t.Fatalf("counted %d", r.seen(UnknownCommand))
	}
	got := r.mc.Received()
	sameFrames(t, got[len(got)-1:], raw(vendor, 43, "as configured"))
}

func TestConformanceA6ResponseNobodyAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	unknown, known := raw(0x80007777, 42, ""), header(smpp.IDDeliverSMResp, 43)
	send(t, e, slices.Concat(unknown, known))
	linkUp(t, e)
	if n := r.seen(UnaskedESME); n != 2 {
		t.Fatalf("counted %d", n)
	}
	sameFrames(t, r.link().Responses(), known) // relayed; the unknown one is dropped
	r.link().Send(header(smpp.IDSubmitSMResp, 999))
	checkHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 999)
	r.wait(t, "counted", func() bool { return r.events[UnaskedMC] == 1 })
}

func TestConformanceA7SequenceNumbers(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	for _, seq := range []uint32{0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF} {
		t.Run(fmt.Sprintf("%#x", seq), func(t *testing.T) {
			want(t, e, submit(seq, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
			want(t, e, submit(seq, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
			want(t, e, multi(seq, closed), smpp.IDSubmitMultiResp, smpp.ESME_RINVDSTADR)
			want(t, e, header(smpp.IDEnquireLink, seq), smpp.IDEnquireLinkResp, smpp.ESME_ROK)
			want(t, e, header(smpp.IDOutbind, seq), smpp.IDGenericNack, smpp.ESME_RINVBNDSTS)
			want(t, e, raw(0x7777, seq, ""), smpp.IDGenericNack, smpp.ESME_RINVCMDID)
		})
	}
}

func TestConformanceA8SameSequenceTwice(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	r := newRig(t, smpptest.MCOptions{Behave: func(s *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID() == smpp.IDSubmitSM {
			<-hold
		}
		return smpptest.Action{}
	}}, nil)
	e := r.trx()
	send(t, e, slices.Concat(submit(5, open), submit(5, closed), submit(5, open2)))
	send(t, e, slices.Concat(multi(5, open, closed), multi(5, open2)))
	checkHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR, 5) // at once
	close(hold)
	for range 2 {
		checkHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 5)
	}
	for _, refused := range []int{1, 0} { // each merged with its own refusals
		f := recv(t, e)
		checkHeader(t, f, smpp.IDSubmitMultiResp, smpp.ESME_ROK, 5)
		var resp smpp.SubmitMultiResp
		if err := resp.Decode(f); err != nil || len(resp.Unsuccess) != refused {
			t.Fatalf("%v, unsuccess %v, want %d", err, resp.Unsuccess, refused)
		}
	}
	if e.InFlight() != 0 || e.Faults() != nil {
		t.Fatal(e.InFlight(), e.Faults())
	}
}
