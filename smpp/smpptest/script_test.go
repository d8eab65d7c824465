package smpptest

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"geogate/smpp"
)

// script answers the n-th message (from 1) with actions[n-1], later ones as they should be.
func script(actions ...Action) func(*MCSession, smpp.Frame) Action {
	n := 0
	return func(s *MCSession, f smpp.Frame) Action {
		if !carriesMessage(f.ID()) {
			return Action{}
		}
		n++
		if n > len(actions) {
			return Action{}
		}
		return actions[n-1]
	}
}

// seen lists what the ESME receives until the connection ends or nothing is missing.
func seen(t *testing.T, e *ESME, answers int) string {
	t.Helper()
	var lines []string
	for range answers {
		f, err := e.Recv(testContext(t))
		if err != nil {
			lines = append(lines, err.Error())
			break
		}
		lines = append(lines, fmt.Sprintf("%s %s %d", f.ID(), f.Status(), f.Sequence()))
	}
	return strings.Join(lines, "; ")
}

// TestFaults commits each fault on the first of two messages, and names what the ESME sees and what it
// objects to.
func TestFaults(t *testing.T) {
	t.Parallel()
	const second = "submit_sm_resp ESME_ROK 3"
	for _, c := range []struct {
		fault   Fault
		answers int
		want    string
		fault2  string // part of Faults; empty: none
	}{
		{NoFault, 2, "submit_sm_resp ESME_ROK 2; " + second, ""},
		{Silence, 1, second, ""},
		{Duplicate, 3, strings.Repeat("submit_sm_resp ESME_ROK 2; ", 2) + second, "no request of that sequence"},
		{OutOfOrder, 2, second + "; submit_sm_resp ESME_ROK 2", ""},
		{WrongCommand, 2, "data_sm_resp ESME_ROK 2; " + second, "data_sm_resp seq=2 answers submit_sm"},
		{WrongSequence, 2, "submit_sm_resp ESME_ROK 2147483650; " + second, "seq=2147483650: no request"},
		{Nack, 2, "generic_nack ESME_RSYSERR 2; " + second, ""},
		{Unterminated, 2, "submit_sm_resp ESME_ROK 2; " + second, ""},
		{BadTLV, 2, "submit_sm_resp ESME_ROK 2; " + second, ""},
		{BadLength, 1, "command_length 15 is shorter than the header (16)", "command_length 15"},
		{HugeLength, 1, "command_length 2147483647 is over the limit of 66560", "over the limit"},
		{Truncated, 1, io.ErrUnexpectedEOF.Error(), io.ErrUnexpectedEOF.Error()},
		{CloseUnanswered, 1, "EOF", ""},
		{CloseAnswered, 2, "submit_sm_resp ESME_ROK 2; EOF", ""},
		{StopReading, 1, "submit_sm_resp ESME_ROK 2", ""},
	} {
		t.Run(c.fault.String(), func(t *testing.T) {
			t.Parallel()
			mc, e := bound(t, MCOptions{Behave: script(Action{Fault: c.fault})})
			send(t, e, submitFrame(2, "447970123456"))
			if c.fault != StopReading {
				e.Send(submitFrame(3, "447970123456")) // may meet a closed connection
			}
			if got := seen(t, e, c.answers); got != c.want {
				t.Errorf("seen %q, want %q", got, c.want)
			}
			faults := fmt.Sprint(e.Faults())
			if c.fault2 == "" && e.Faults() != nil || !strings.Contains(faults, c.fault2) {
				t.Errorf("faults %q, want %q", faults, c.fault2)
			}
			counted := func(s Stats, _ int) bool { return s.Faults == 1 || c.fault == NoFault }
			if mc.WaitUntil(testContext(t), counted) != nil {
				t.Errorf("stats %+v", mc.Stats())
			}
		})
	}
}

func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	for _, fault := range []Fault{Unterminated, BadTLV} {
		_, e := bound(t, MCOptions{Behave: script(Action{Fault: fault})})
		send(t, e, submitFrame(2, "447970123456"))
		var resp smpp.SubmitSMResp
		if resp.Decode(recv(t, e)) == nil {
			t.Errorf("%s: the answer is well-formed", fault)
		}
	}
}

func TestStopReadingResumes(t *testing.T) {
	t.Parallel()
	mc, e := bound(t, MCOptions{Behave: script(Action{Fault: StopReading})})
	send(t, e, submitFrame(2, "447970123456"))
	recv(t, e)
	send(t, e, submitFrame(3, "447970123456"))
	if got := mc.Stats().Messages; got != 1 {
		t.Fatalf("%d messages read", got)
	}
	mc.Sessions()[0].Resume()
	wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 3)
}

func TestFaultNames(t *testing.T) {
	t.Parallel()
	for f := NoFault; f < numFaults; f++ {
		if got, err := ParseFault(f.String()); got != f || err != nil {
			t.Errorf("%s reads as %s, %v", f, got, err)
		}
	}
	if _, err := ParseFault("nonsense"); err == nil || !strings.Contains(err.Error(), "out-of-order") {
		t.Errorf("error %v does not list the names", err)
	}
}

func TestDelays(t *testing.T) {
	t.Parallel()
	clock := NewManualClock(time.Unix(1_800_000_000, 0))
	mc, e := bound(t, MCOptions{Clock: clock, Behave: script(
		Action{Delay: 3 * time.Hour}, Action{Delay: time.Hour}, Action{}, Action{Delay: time.Hour})})
	for seq := uint32(2); seq < 6; seq++ {
		send(t, e, submitFrame(seq, "447970123456"))
	}
	if err := mc.Wait(testContext(t), 4); err != nil {
		t.Fatal(err)
	}
	wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 4)
	clock.Advance(time.Hour)
	wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 3)
	wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 5)
	unbind := smpp.AppendHeader(nil, smpp.IDUnbind, 0, 6)
	send(t, e, unbind)
	if err := mc.WaitUntil(testContext(t), func(s Stats, _ int) bool { return s.Requests == 6 }); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Hour)
	if got := seen(t, e, 3); got != "submit_sm_resp ESME_ROK 2; unbind_resp ESME_ROK 6; EOF" {
		t.Fatal("an unbind is answered behind everything else, got " + got)
	}
}

func TestHeldAnswerComesAlone(t *testing.T) {
	t.Parallel()
	clock := NewManualClock(time.Unix(1_800_000_000, 0))
	mc, e := bound(t, MCOptions{Clock: clock, Behave: script(Action{Fault: OutOfOrder})})
	send(t, e, submitFrame(2, "447970123456"))
	mc.Wait(testContext(t), 1)
	clock.Advance(HoldMax)
	wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 2)
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	_, e := bound(t, MCOptions{Script: Script{Receipts: true}})
	sm := smpp.SubmitSM{
		Source:             smpp.Address{TON: 5, Addr: []byte("BANK")},
		Dest:               smpp.Address{TON: 1, NPI: 1, Addr: []byte("447970123456")},
		RegisteredDelivery: 1,
	}
	send(t, e, sm.Append(nil, smpp.Header{Sequence: 2}))
	send(t, e, submitFrame(3, "447970123456")) // asks for none
	wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 2)
	var receipt smpp.DeliverSM
	if err := receipt.Decode(recv(t, e)); err != nil {
		t.Fatal(err)
	}
	id, _ := smpp.FindTLV(receipt.TLVs, smpp.TagReceiptedMessageID)
	if string(id) != "1-1\x00" || receipt.ESMClass != esmReceipt ||
		string(receipt.Source.Addr) != "447970123456" || string(receipt.Dest.Addr) != "BANK" ||
		!bytes.HasPrefix(receipt.ShortMessage, []byte("id:1-1 sub:001 ")) {
		t.Fatalf("receipt %+v", receipt)
	}
	wantHeader(t, recv(t, e), smpp.IDSubmitSMResp, smpp.ESME_ROK, 3)
	if err := e.Faults(); err != nil {
		t.Fatal(err)
	}
}

func TestReceiptsNeverOnATransmitter(t *testing.T) {
	t.Parallel()
	mc := startMC(t, MCOptions{Script: Script{AllReceipts: true}})
	e := dial(t, mc)
	e.Bind(testContext(t), smpp.IDBindTransmitter, "a", "b")
	send(t, e, submitFrame(2, "447970123456"))
	send(t, e, submitFrame(3, "447970123456"))
	if got := seen(t, e, 2); got != "submit_sm_resp ESME_ROK 2; submit_sm_resp ESME_ROK 3" {
		t.Fatal(got)
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	_, e := bound(t, MCOptions{Script: Script{
		ErrorEvery: 3, ErrorStatus: smpp.ESME_RMSGQFUL,
		ByPrefix: []PrefixStatus{{"+4479", smpp.ESME_RINVDSTADR}},
	}})
	for i, want := range []smpp.Status{smpp.ESME_ROK, smpp.ESME_ROK, smpp.ESME_RMSGQFUL, smpp.ESME_RINVDSTADR} {
		digits := "33612345678"
		if want == smpp.ESME_RINVDSTADR {
			digits = "447970123456"
		}
		if st, _, err := e.SubmitTo(testContext(t), digits, "x"); st != want || err != nil {
			t.Errorf("message %d: %s %v, want %s", i+1, st, err, want)
		}
	}
}

func TestSubmitMultiByPrefix(t *testing.T) {
	t.Parallel()
	_, e := bound(t, MCOptions{Script: Script{ByPrefix: []PrefixStatus{{"4479", smpp.ESME_RINVDSTADR}}}})
	f, err := e.Do(testContext(t), multiFrame(2, "447970123456", "33612345678"))
	if err != nil {
		t.Fatal(err)
	}
	var resp smpp.SubmitMultiResp
	if err := resp.Decode(f); err != nil {
		t.Fatal(err)
	}
	if len(resp.Unsuccess) != 1 || string(resp.Unsuccess[0].Addr) != "447970123456" ||
		resp.Unsuccess[0].Status != smpp.ESME_RINVDSTADR || f.Status() != smpp.ESME_ROK {
		t.Fatalf("%+v", resp)
	}
}

func TestSeedRepeats(t *testing.T) {
	t.Parallel()
	run := func(seed int64) []smpp.Status {
		_, e := bound(t, MCOptions{Seed: seed, Script: Script{ErrorRate: 0.5}})
		var got []smpp.Status
		for seq := uint32(2); seq < 66; seq++ {
			send(t, e, submitFrame(seq, "447970123456"))
		}
		for range 64 {
			got = append(got, recv(t, e).Status())
		}
		return got
	}
	one := run(1)
	if !slices.Equal(one, run(1)) {
		t.Error("the same seed draws differently")
	}
	if slices.Equal(one, run(2)) {
		t.Error("another seed draws the same")
	}
}

func TestRandomFaultsAndDelays(t *testing.T) {
	t.Parallel()
	_, e := bound(t, MCOptions{Seed: 7, Script: Script{
		DelayMax: 2 * time.Millisecond, Faults: []Chance{{Duplicate, 0.2}, {OutOfOrder, 0.2}},
	}})
	const messages = 200
	for seq := uint32(2); seq < 2+messages; seq++ {
		send(t, e, submitFrame(seq, "447970123456"))
	}
	answered := map[uint32]int{}
	for len(answered) < messages {
		answered[recv(t, e).Sequence()]++
	}
	for seq, n := range answered {
		if n > 2 {
			t.Errorf("sequence %d answered %d times", seq, n)
		}
	}
}

func TestCloseAfter(t *testing.T) {
	t.Parallel()
	_, e := bound(t, MCOptions{Script: Script{CloseAfter: 2}})
	send(t, e, submitFrame(2, "447970123456"))
	recv(t, e)
	send(t, e, submitFrame(3, "447970123456"))
	if got := seen(t, e, 1); got != "EOF" {
		t.Fatal(got)
	}
	if e.InFlight() != 1 {
		t.Fatalf("%d in flight", e.InFlight())
	}
}

func TestRawAnswer(t *testing.T) {
	t.Parallel()
	raw := smpp.AppendHeader(nil, 0x8000ABCD, smpp.ESME_ROK, 2)
	_, e := bound(t, MCOptions{Behave: script(Action{Raw: raw})})
	send(t, e, submitFrame(2, "447970123456"))
	if got := recv(t, e); !bytes.Equal(got, raw) {
		t.Fatalf("%x", got)
	}
}
