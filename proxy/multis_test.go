package proxy

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// answersAs is a message centre's behaviour: it answers a submit_multi with the command id while wrong holds.
func answersAs(id smpp.CommandID, wrong func() bool) func(*smpptest.MCSession, smpp.Frame) smpptest.Action {
	return func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID() == smpp.IDSubmitMulti && wrong() {
			return smpptest.Action{Raw: raw(id, f.Sequence(), "id\x00")}
		}
		return smpptest.Action{}
	}
}

// TestConformanceD26SubmitMultiAnsweredInAnotherKind: what was taken out of a submit_multi whose answer is of
// another command must not come back in the answer to a later one of its sequence number.
func TestConformanceD26SubmitMultiAnsweredInAnotherKind(t *testing.T) {
	t.Parallel()
	for _, id := range []smpp.CommandID{smpp.IDSubmitSMResp, smpp.IDDataSMResp} {
		n := 0
		wrong := func() bool { n++; return n == 1 }
		r := newRig(t, smpptest.MCOptions{Behave: answersAs(id, wrong)}, nil)
		e := r.trx()
		want(t, e, multi(7, closed, open), id, smpp.ESME_ROK)
		f := want(t, e, multi(7, closed2, open), smpp.IDSubmitMultiResp, smpp.ESME_ROK)
		if got := unsuccess(t, f); !slices.Equal(got, []string{closed2 + " ESME_RINVDSTADR"}) {
			t.Fatal(got)
		}
	}
}

// TestSubmitMultiWrongAnswersDoNotPileUp has more of them answered so than may be in flight.
func TestSubmitMultiWrongAnswersDoNotPileUp(t *testing.T) {
	t.Parallel()
	always := func() bool { return true }
	opts := smpptest.MCOptions{Forget: true, Behave: answersAs(smpp.IDSubmitSMResp, always)}
	e := newRig(t, opts, nil).trx()
	for seq := uint32(100); seq <= 100+multiLimit/2; seq++ { // each counts with its refusal
		want(t, e, multi(seq, open, closed), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	}
}

// TestWindowRemembersAsManyMultisAsAreInFlight answers requests of one sequence number in either kind.
func TestWindowRemembersAsManyMultisAsAreInFlight(t *testing.T) {
	t.Parallel()
	var w window
	a, b := refusals{{Status: 1}}, refusals{{Status: 2}}
	if !w.askMulti(7, a) || !w.askMulti(7, b) {
		t.Fatal("not taken")
	}
	w.ask([]uint32{7}) // a submit_sm
	if w.inFlight() != 3 {
		t.Fatal(w.inFlight())
	}
	w.answer([]uint32{7}) // any of the three: both submit_multi may still be answered
	if len(w.multis[7]) != 2 {
		t.Fatal(w.multis)
	}
	w.answer([]uint32{7}) // another kind again: it was a submit_multi, the older one
	if got := w.takeMulti(7); w.multiCount != 0 || len(got) != 1 || got[0].Status != b[0].Status {
		t.Fatal(w.multiCount, got)
	}
	if w.answer([]uint32{7}) != 0 || w.answer([]uint32{7}) != 1 || w.inFlight() != 0 {
		t.Fatal("the window does not end empty")
	}
}

// TestHashesThatCostTooMuch are not worked on: one would keep a slot for hours.
func TestHashesThatCostTooMuch(t *testing.T) {
	t.Parallel()
	cheap, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	dear := strings.Replace(string(cheap), "$04$", "$31$", 1)
	if ok, err := matches(dear, []byte("secret")); ok || err != errHash {
		t.Fatal(ok, err)
	}
}
