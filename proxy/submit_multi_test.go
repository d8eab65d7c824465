package proxy

import (
	"slices"
	"testing"

	"geogate/rules"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// unsuccess reads the refused destinations of a submit_multi_resp as "digits status".
func unsuccess(t *testing.T, f smpp.Frame) []string {
	t.Helper()
	var resp smpp.SubmitMultiResp
	if err := resp.Decode(f); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, un := range resp.Unsuccess {
		list = append(list, string(un.Addr)+" "+un.Status.String())
	}
	return list
}

func TestSubmitMultiPartlyRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Script: smpptest.Script{
		ByPrefix: []smpptest.PrefixStatus{{Prefix: open2, Status: smpp.ESME_RMSGQFUL}},
	}}, nil)
	e := r.trx()
	f := want(t, e, multi(101, closed, open, closed2, open2), smpp.IDSubmitMultiResp, smpp.ESME_ROK)
	wanted := []string{open2 + " ESME_RMSGQFUL", closed + " ESME_RINVDSTADR", closed2 + " ESME_RINVDSTADR"}
	if got := unsuccess(t, f); !slices.Equal(got, wanted) {
		t.Fatal(got)
	}
	sameFrames(t, r.mc.Messages(), multi(101, open, open2))
	if r.reasons[rules.Default] != 2 || r.forward != 2 {
		t.Fatal(r.reasons, r.forward)
	}
}

func TestSubmitMultiAllowed(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	f := want(t, e, multi(101, open, open2), smpp.IDSubmitMultiResp, smpp.ESME_ROK)
	if got := unsuccess(t, f); got != nil {
		t.Fatal(got)
	}
	sameFrames(t, r.mc.Messages(), multi(101, open, open2))
}

func TestSubmitMultiAllRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	w := acme()
	w.Accounts["acme"]["reject.default"] = "ESME_RX_P_APPN"
	r.give(t, w)
	e := r.trx()
	f := want(t, e, multi(101, closed, "12"), smpp.IDSubmitMultiResp, smpp.ESME_RX_P_APPN)
	if got := unsuccess(t, f); !slices.Equal(got, []string{closed + " ESME_RX_P_APPN", "12 ESME_RINVDSTADR"}) {
		t.Fatal(got)
	}
	if r.mc.Stats().Messages != 0 {
		t.Fatal("forwarded")
	}
}

func TestSubmitMultiDistributionList(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	both := smpp.SubmitMulti{ShortMessage: []byte("hello"), Dests: []smpp.Destination{
		{Address: smpp.Address{TON: 1, NPI: 1, Addr: []byte(open)}},
		{Address: smpp.Address{Addr: []byte("friends")}, DistributionList: true},
	}}
	f := want(t, e, both.Append(nil, smpp.Header{Sequence: 101}), smpp.IDSubmitMultiResp, smpp.ESME_ROK)
	if got := unsuccess(t, f); !slices.Equal(got, []string{"friends ESME_RINVDSTADR"}) {
		t.Fatal(got)
	}
	sameFrames(t, r.mc.Messages(), multi(101, open))
	if r.reasons[rules.DistributionList] != 1 {
		t.Fatal(r.reasons)
	}
}

// TestSubmitMultiAnswers merges into answers of every shape; what cannot be merged must not look like a
// success.
func TestSubmitMultiAnswers(t *testing.T) {
	t.Parallel()
	refused := "\x01\x01" + closed + "\x00\x00\x00\x00\x0B"
	var answer smpp.Frame
	r := newRig(t, smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID() == smpp.IDSubmitMulti {
			return smpptest.Action{Raw: answer}
		}
		return smpptest.Action{}
	}}, nil)
	e := r.trx()
	failure := raw(smpp.IDSubmitMultiResp, 7, "")
	failure[11] = byte(smpp.ESME_RMSGQFUL)
	final := smpp.AppendHeader(nil, smpp.IDSubmitMultiResp, smpp.ESME_RX_R_APPN, 7) // the open one may have been sent
	for name, test := range map[string]struct{ answer, want smpp.Frame }{
		"with a TLV": {
			raw(smpp.IDSubmitMultiResp, 7, "id\x00\x00\x00\x1d\x00\x03ok\x00"),
			raw(smpp.IDSubmitMultiResp, 7, "id\x00\x01"+refused+"\x00\x1d\x00\x03ok\x00"),
		},
		"message_id alone": {
			raw(smpp.IDSubmitMultiResp, 7, "id\x00"), raw(smpp.IDSubmitMultiResp, 7, "id\x00\x01"+refused),
		},
		"no body":    {raw(smpp.IDSubmitMultiResp, 7, ""), raw(smpp.IDSubmitMultiResp, 7, "\x00\x01"+refused)},
		"an error":   {failure, failure},
		"unreadable": {raw(smpp.IDSubmitMultiResp, 7, "not ended"), final},
	} {
		t.Run(name, func(t *testing.T) {
			answer = test.answer
			got, err := e.Do(testContext(t), multi(7, closed, open))
			if err != nil {
				t.Fatal(err)
			}
			sameFrames(t, []smpp.Frame{got}, test.want)
		})
	}
	r.wantNoneInFlight(t, e)
	if r.seen(UnmergedAnswer) != 1 {
		t.Fatal(r.events)
	}
}

// TestSubmitMultiBounded stops taking them when the message centre answers none.
func TestSubmitMultiBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Forget: true, Behave: silentOn(smpp.IDSubmitMulti)}, nil)
	e := r.trx()
	for seq := uint32(100); seq < 100+multiLimit/2; seq++ { // each counts with its refusal
		send(t, e, multi(seq, open, closed))
	}
	want(t, e, multi(50, open, closed), smpp.IDSubmitMultiResp, smpp.ESME_RTHROTTLED)
	linkUp(t, e)
}

// TestCanonicalRewriteOfSeveral gives each destination its own number.
func TestCanonicalRewriteOfSeveral(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	want(t, r.trx(), multi(7, "+"+open, closed, "00"+open2), smpp.IDSubmitMultiResp, smpp.ESME_ROK)
	sameFrames(t, r.mc.Messages(), multi(7, open, open2))
}

func TestCanonicalRewrite(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	to := func(ton, npi byte, addr string) smpp.Address {
		return smpp.Address{TON: ton, NPI: npi, Addr: []byte(addr)}
	}
	canonical := to(1, 1, open)
	tlvs := []smpp.TLV{{Tag: 0x1401, Value: []byte("v")}, {Tag: 0x1401, Value: nil}}
	var wanted []smpp.Frame
	for i, spelled := range []smpp.Address{
		canonical, to(1, 1, "+"+open), to(0, 1, "00"+open), to(2, 8, "0"+open[2:]), to(5, 0, "+"+open),
		to(0, 0, open), // read as it is spelled
	} {
		h := smpp.Header{Sequence: uint32(200 + i)}
		sm := smpp.SubmitSM{Dest: spelled, ShortMessage: []byte("x"), TLVs: tlvs}
		data := smpp.DataSM{Dest: spelled, TLVs: tlvs}
		many := smpp.SubmitMulti{ShortMessage: []byte("x"), TLVs: tlvs,
			Dests: []smpp.Destination{{Address: to(1, 1, closed)}, {Address: spelled}, {Address: canonical}}}
		want(t, e, sm.Append(nil, h), smpp.IDSubmitSMResp, smpp.ESME_ROK)
		want(t, e, data.Append(nil, h), smpp.IDDataSMResp, smpp.ESME_ROK)
		want(t, e, many.Append(nil, h), smpp.IDSubmitMultiResp, smpp.ESME_ROK)
		if sm.Dest = canonical; spelled.TON == 0 && spelled.NPI == 0 {
			sm.Dest = spelled
		}
		data.Dest = sm.Dest
		many.Dests = []smpp.Destination{{Address: sm.Dest}, {Address: canonical}}
		wanted = append(wanted, sm.Append(nil, h), data.Append(nil, h), many.Append(nil, h))
	}
	sameFrames(t, r.mc.Messages(), wanted...)
	w := acme()
	w.Accounts["acme"]["dial.rewrite"] = "verbatim"
	r.give(t, w)
	sm := smpp.SubmitSM{Dest: to(2, 1, "0"+open[2:]), TLVs: tlvs}
	f := sm.Append(nil, smpp.Header{Sequence: 300})
	want(t, e, f, smpp.IDSubmitSMResp, smpp.ESME_ROK)
	got := r.mc.Messages()
	sameFrames(t, got[len(got)-1:], f)
}

// TestTypelessDigits: bare digits with TON 0 that are read as international go out as they came, so that a message centre
// which reads TON 0 by its own habits would route what was not judged. With dial.ton0 national they are read by those
// habits here too, and go out with what they were read as.
func TestTypelessDigits(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	sm := func(seq uint32, ton, npi byte, addr string) smpp.Frame {
		f := smpp.SubmitSM{Dest: smpp.Address{TON: ton, NPI: npi, Addr: []byte(addr)}, ShortMessage: []byte("x")}
		return f.Append(nil, smpp.Header{Sequence: seq})
	}
	const french = "3361234567" // or a number at home, to those who read it so
	want(t, e, sm(1, 0, 0, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	want(t, e, sm(5, 0, 0, french), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	sameFrames(t, r.mc.Messages(), sm(1, 0, 0, open))

	w := acme()
	w.Accounts["acme"]["dial.ton0"] = "national"
	r.give(t, w)
	want(t, e, sm(2, 0, 0, open[2:]), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	want(t, e, sm(3, 0, 0, "00"+open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	want(t, e, sm(4, 0, 0, french), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	sameFrames(t, r.mc.Messages()[1:], sm(2, 1, 1, open), sm(3, 1, 1, open), sm(4, 1, 1, "44"+french))
}
