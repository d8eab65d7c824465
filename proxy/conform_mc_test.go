package proxy

import (
	"fmt"
	"slices"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// The same faults from the message centre's side.

// TestConformanceA1MessageCentre loses the message centre's framing behind an answer: what was whole comes through, the
// message centre is told, and the ESME's session ends.
func TestConformanceA1MessageCentre(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string][]byte{
		"A1: 15": {0, 0, 0, 15}, "A2: one over": {0, 1, 0x04, 1}, "A2: largest": {0xFF, 0xFF, 0xFF, 0xFF}, "A2: text": []byte("HTTP/1.1 400"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.MaxPDU = 0x10400 })
			e := r.trx()
			link := r.link()
			link.Send(append(deliver(7, "whole"), broken...))
			frames := wantClosed(t, e)
			if len(frames) != 1 || string(frames[0]) != string(deliver(7, "whole")) {
				t.Fatalf("the ESME got\n%s", traces(frames))
			}
			if end := r.ended(t, 1); end != (End{Cause: MCBadFrame}) {
				t.Fatal(end)
			}
			<-link.Done()
			told := link.Responses()
			if len(told) != 1 {
				t.Fatalf("the message centre got\n%s", traces(told))
			}
			checkHeader(t, told[0], smpp.IDGenericNack, smpp.ESME_RINVCMDLEN, 0)
		})
	}
}

// TestConformanceA1BehindWhole loses the ESME's framing behind whole requests, in one segment: these are answered first.
func TestConformanceA1BehindWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	send(t, e, slices.Concat(submit(7, open), submit(8, closed), []byte{0, 0, 0, 15}))
	frames := wantClosed(t, e)
	got := map[string]bool{}
	for _, f := range frames {
		got[fmt.Sprint(f.ID(), f.Status(), f.Sequence())] = true
	}
	for _, want := range []smpp.Header{
		{ID: smpp.IDSubmitSMResp, Sequence: 7}, {ID: smpp.IDSubmitSMResp, Status: smpp.ESME_RINVDSTADR, Sequence: 8},
		{ID: smpp.IDGenericNack, Status: smpp.ESME_RINVCMDLEN},
	} {
		if !got[fmt.Sprint(want.ID, want.Status, want.Sequence)] {
			t.Errorf("no %s %s", want.ID, want.Status)
		}
	}
	if len(frames) != 3 {
		t.Errorf("got\n%s", traces(frames))
	}
}

// TestConformanceA3FromMessageCentre has deliveries come in single octets, and many in one piece: octet for octet.
func TestConformanceA3FromMessageCentre(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	linkUp(t, e)
	var stream []byte
	for seq := range uint32(10) {
		stream = append(stream, deliver(seq, fmt.Sprint("text ", seq))...)
	}
	for i := range stream {
		r.link().Send(stream[i : i+1])
	}
	r.link().Send(stream)
	for i := range uint32(20) {
		want := deliver(i%10, fmt.Sprint("text ", i%10))
		if f := recv(t, e); string(f) != string(want) {
			t.Fatalf("%x, want %x", []byte(f), []byte(want))
		}
	}
}

// TestConformanceA7EveryKind echoes odd sequence numbers in the answers to binds and unbinds, and in both directions.
func TestConformanceA7EveryKind(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	for _, seq := range []uint32{0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF} {
		t.Run(fmt.Sprintf("%#x", seq), func(t *testing.T) {
			e := r.dial()
			want(t, e, submit(seq, open), smpp.IDSubmitSMResp, smpp.ESME_RINVBNDSTS)
			want(t, e, bindPDU(seq, "nobody", ""), smpp.IDBindTransceiverResp, smpp.ESME_RINVSYSID)
			want(t, e, bindPDU(seq, "acme", ""), smpp.IDBindTransceiverResp, smpp.ESME_ROK)
			want(t, e, bindPDU(seq, "acme", ""), smpp.IDBindTransceiverResp, smpp.ESME_RALYBND)
			want(t, e, goodBody().tooLong().frame(seq), smpp.IDSubmitSMResp, smpp.ESME_RINVMSGLEN)
			e.AnswerAll()
			f, err := r.link().Do(testContext(t), deliver(seq, "x"))
			if err != nil {
				t.Fatal(err)
			}
			checkHeader(t, f, smpp.IDDeliverSMResp, smpp.ESME_ROK, seq)
			want(t, e, header(smpp.IDUnbind, seq), smpp.IDUnbindResp, smpp.ESME_ROK)
		})
	}
}

func (b submitBody) tooLong() submitBody { b.text = "\xff"; return b }

// TestConformanceD28IsLogged has the message centre close with two requests in flight: the log says so.
func TestConformanceD28IsLogged(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.InfoLevel)
	r := newRig(t, smpptest.MCOptions{Behave: silentOn(smpp.IDSubmitSM)}, func(c *Config) { c.Logger = zap.New(core) })
	e := r.trx()
	send(t, e, slices.Concat(submit(101, open), submit(102, open), submit(103, closed)))
	if err := r.mc.Wait(testContext(t), 2); err != nil {
		t.Fatal(err)
	}
	r.link().Close()
	if frames := wantClosed(t, e); len(frames) != 1 {
		t.Fatalf("got\n%s", traces(frames))
	}
	r.ended(t, 1)
	lines := logs.FilterMessage("session ended").All()
	if len(lines) != 1 || fmt.Sprint(lines[0].ContextMap()["unanswered"]) != "2" ||
		lines[0].ContextMap()["cause"] != MCClosed.String() || lines[0].ContextMap()["account"] != "acme" {
		t.Fatal(lines)
	}
}
