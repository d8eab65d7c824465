package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// nth does a about the n-th message of a session, and nothing about others.
func nth(n int, a func(f smpp.Frame) smpptest.Action) func(*smpptest.MCSession, smpp.Frame) smpptest.Action {
	seen := 0
	return func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if id := f.ID(); id != smpp.IDSubmitSM && id != smpp.IDSubmitMulti && id != smpp.IDDataSM {
			return smpptest.Action{}
		}
		if seen++; seen != n {
			return smpptest.Action{}
		}
		return a(f)
	}
}

func always(a smpptest.Action) func(smpp.Frame) smpptest.Action {
	return func(smpp.Frame) smpptest.Action { return a }
}

// TestDetects has the message centre answer one of twenty messages wrongly.
func TestDetects(t *testing.T) {
	t.Parallel()
	fault := func(f smpptest.Fault) func(smpp.Frame) smpptest.Action { return always(smpptest.Action{Fault: f}) }
	for name, c := range map[string]struct {
		action func(smpp.Frame) smpptest.Action
		want   answerFaults
		right  int
	}{
		"nothing":        {always(smpptest.Action{}), answerFaults{}, 20},
		"out of order":   {fault(smpptest.OutOfOrder), answerFaults{}, 20},
		"missing":        {fault(smpptest.Silence), answerFaults{Missing: 1}, 19},
		"double":         {fault(smpptest.Duplicate), answerFaults{Double: 1}, 20},
		"wrong sequence": {fault(smpptest.WrongSequence), answerFaults{Missing: 1, Unasked: 1}, 19},
		"wrong command":  {fault(smpptest.WrongCommand), answerFaults{WrongCommand: 1}, 19},
		"nack":           {fault(smpptest.Nack), answerFaults{WrongCommand: 1}, 19},
		"unterminated":   {fault(smpptest.Unterminated), answerFaults{Malformed: 1}, 19},
		"bad TLV":        {fault(smpptest.BadTLV), answerFaults{Malformed: 1}, 19},
		"wrong status":   {always(smpptest.Action{Status: smpp.ESME_RINVDSTADR}), answerFaults{WrongStatus: 1}, 19},
		"no message_id": {func(f smpp.Frame) smpptest.Action {
			resp := smpp.SubmitSMResp{MessageID: []byte{}}
			return smpptest.Action{Raw: resp.Append(nil, f.Header())}
		}, answerFaults{Malformed: 1}, 19},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := loadMC(t, smpptest.MCOptions{Behave: nth(7, c.action)}, "--count", "20", "--timeout", timeout(c.want))
			if r.Answers != c.want || r.Right != c.right || r.Sent != 20 || r.CutOff != 0 {
				t.Errorf("%d of %d right, %+v, want %+v", r.Right, r.Sent, r.Answers, c.want)
			}
			if good := c.right == 20 && name != "double"; r.OK != good || good != (len(r.Examples) == 0) {
				t.Errorf("ok is %v, examples %q", r.OK, r.Examples)
			}
		})
	}
}

// timeout is short only where it has to pass.
func timeout(want answerFaults) string {
	if want.Missing > 0 {
		return "1s"
	}
	return "20s"
}

// TestDetectsLate has one answer come after the ESME has given it up and wants to unbind, and then again.
func TestDetectsLate(t *testing.T) {
	t.Parallel()
	for copies, want := range map[int]answerFaults{
		1: {Missing: 1, Late: 1}, 2: {Missing: 1, Late: 1, Double: 1},
	} {
		var late []byte
		seventh := nth(7, func(f smpp.Frame) smpptest.Action {
			late = bytes.Repeat(accepted(f), copies)
			return smpptest.Action{Fault: smpptest.Silence}
		})
		behave := func(s *smpptest.MCSession, f smpp.Frame) smpptest.Action {
			if f.ID() == smpp.IDUnbind {
				s.Send(late)
			}
			return seventh(s, f)
		}
		r := loadMC(t, smpptest.MCOptions{Behave: behave}, "--count", "20", "--timeout", "1s")
		if r.Answers != want || r.Right != 19 || r.OK {
			t.Errorf("%d times: %d right, %+v, want %+v", copies, r.Right, r.Answers, want)
		}
	}
}

func TestDetectsAClosedConnection(t *testing.T) {
	t.Parallel()
	r := loadMC(t, smpptest.MCOptions{Behave: nth(7, always(smpptest.Action{Fault: smpptest.CloseUnanswered}))},
		"--count", "20", "--window", "1")
	if r.OK || r.CutOff != 1 || r.Answers.Missing != 1 || r.Right != 6 || r.Unsent != 13 {
		t.Errorf("%+v", r)
	}
}

func TestDetectsLostFraming(t *testing.T) {
	t.Parallel()
	r := loadMC(t, smpptest.MCOptions{Behave: nth(7, always(smpptest.Action{Fault: smpptest.BadLength}))},
		"--count", "20", "--window", "1")
	if r.OK || r.CutOff != 1 || !strings.Contains(strings.Join(r.Examples, " "), "command_length 15") {
		t.Errorf("%+v", r)
	}
}

func TestStalledPeerEndsTheRun(t *testing.T) {
	t.Parallel()
	r := loadMC(t, smpptest.MCOptions{Behave: nth(1, always(smpptest.Action{Fault: smpptest.StopReading}))},
		"--count", "4", "--window", "2", "--timeout", "300ms")
	if r.OK || r.Answers.Missing == 0 {
		t.Errorf("%+v", r)
	}
}

func TestSubmitMulti(t *testing.T) {
	t.Parallel()
	opts := smpptest.MCOptions{Script: smpptest.Script{
		ByPrefix: []smpptest.PrefixStatus{{Prefix: "33", Status: smpp.ESME_RINVDSTADR}},
	}}
	right := "submit_multi 1/1/447970123456 1/1/33612345678 0x0B forwarded 1/1/33612345678 0x0B forwarded"
	if r := loadMC(t, opts, "--mix", right); !r.OK || r.Statuses[statusName(smpp.ESME_ROK)] != 1000 {
		t.Errorf("right: %+v", r)
	}
	for _, wrong := range []string{
		"submit_multi 1/1/447970123456 1/1/33612345678 0x0B forwarded 1/1/33612345678",
		"submit_multi 1/1/447970123456 0x0B forwarded 1/1/33612345678 0x0B forwarded",
		"submit_multi 1/1/447970123456 1/1/33612345678 0x0C forwarded",
	} {
		if r := loadMC(t, opts, "--mix", wrong, "--count", "20"); r.OK || r.Answers.Unsuccess != 20 {
			t.Errorf("%s: %+v", wrong, r.Answers)
		}
	}
}

func TestReceiptsAreAnswered(t *testing.T) {
	t.Parallel()
	mc := startMC(t, smpptest.MCOptions{Script: smpptest.Script{AllReceipts: true}})
	l, err := newLoad(mustParse(t, "--addr", mc.Addr(), "--count", "500", "--binds", "3"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.run(testContext(t))
	if err != nil || !r.OK || r.Deliver != 500 {
		t.Errorf("%+v %v", r, err)
	}
	all := func(s smpptest.Stats, _ int) bool { return s.Responses == 500 }
	if err := mc.WaitUntil(testContext(t), all); err != nil {
		t.Errorf("%+v", mc.Stats())
	}
}
