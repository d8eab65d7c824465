package proxy

import (
	"bytes"
	"strings"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// submitBody is a submit_sm field by field, so that each can be broken.
type submitBody struct{ service, source, dest, schedule, validity, text, tlvs string }

func goodBody() submitBody {
	return submitBody{"\x00", "\x05\x00Acme\x00", "\x01\x01" + open + "\x00", "\x00", "\x00", "\x05hello", ""}
}

func (b submitBody) frame(seq uint32) smpp.Frame {
	return raw(smpp.IDSubmitSM, seq, b.service+b.source+b.dest+"\x00\x00\x00"+b.schedule+b.validity+
		"\x01\x00\x00\x00"+b.text+b.tlvs)
}

// testRefused sends each frame of one fault and checks its answer, that the link is up and that nothing of it
// got through.
func testRefused(t *testing.T, st smpp.Status, faults map[string]func(*submitBody)) {
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	seq := uint32(1000)
	for name, spoil := range faults {
		seq++
		body := goodBody()
		spoil(&body)
		t.Run(name, func(t *testing.T) {
			want(t, e, body.frame(seq), smpp.IDSubmitSMResp, st)
			linkUp(t, e)
		})
	}
	if got := r.mc.Messages(); len(got) != len(faults) {
		t.Fatalf("message centre got\n%s", traces(got))
	}
	if n := r.seen(Malformed); n != len(faults) {
		t.Fatalf("counted %d", n)
	}
}

var unended = strings.Repeat("1", 70) // no NUL where one is due

func TestConformanceB9DestinationAddr(t *testing.T) {
	t.Parallel()
	testRefused(t, smpp.ESME_RINVDSTADR, map[string]func(*submitBody){
		"empty":          func(b *submitBody) { b.dest = "\x01\x01\x00" },
		"21 characters":  func(b *submitBody) { b.dest = "\x01\x01" + strings.Repeat("4", 21) + "\x00" },
		"not terminated": func(b *submitBody) { b.dest = "\x01\x01" + unended },
		"NUL in front":   func(b *submitBody) { b.dest = "\x01\x01\x00" + open + "\x00" },
	})
}

func TestConformanceB10OtherFields(t *testing.T) {
	t.Parallel()
	for st, spoil := range map[smpp.Status]func(*submitBody){
		smpp.ESME_RINVSERTYP: func(b *submitBody) { b.service = "123456\x00" },
		smpp.ESME_RINVSRCADR: func(b *submitBody) { b.source = "\x05\x00" + strings.Repeat("A", 21) + "\x00" },
		smpp.ESME_RINVSCHED:  func(b *submitBody) { b.schedule = unended },
		smpp.ESME_RINVEXPIRY: func(b *submitBody) { b.validity = unended },
	} {
		testRefused(t, st, map[string]func(*submitBody){st.String(): spoil})
	}
}

func TestConformanceB11MessageLength(t *testing.T) {
	t.Parallel()
	testRefused(t, smpp.ESME_RINVMSGLEN, map[string]func(*submitBody){
		"255":               func(b *submitBody) { b.text = "\xff" + strings.Repeat("x", 255) },
		"more than is left": func(b *submitBody) { b.text = "\x06hello" },
	})
}

func TestConformanceB12OptionalParameters(t *testing.T) {
	t.Parallel()
	testRefused(t, smpp.ESME_RINVOPTPARSTREAM, map[string]func(*submitBody){
		"length passes the end": func(b *submitBody) { b.tlvs = "\x02\x04\x00\x03\x00\x01" },
		"one stray octet":       func(b *submitBody) { b.tlvs = "\x02\x04\x00\x02\x00\x01\x00" },
		"two stray octets":      func(b *submitBody) { b.tlvs = "\x02\x04\x00\x02\x00\x01\x00\x00" },
	})
}

func TestConformanceB12UnknownParametersPass(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	body := goodBody()
	body.tlvs = "\x14\x01\x00\x02\xca\xfe" + "\x02\x04\x00\x02\x00\x01" + "\x14\x01\x00\x00" +
		"\x3f\xff\x00\x01\x00" + "\x02\x04\x00\x02\x00\x02" + "\x00\x05\x00\x01\x00"
	f := body.frame(77)
	want(t, e, f, smpp.IDSubmitSMResp, smpp.ESME_ROK)
	sameFrames(t, r.mc.Messages(), f)
}

func TestConformanceB13SubmitMulti(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	entry := "\x01\x01\x01" + open + "\x00"
	tail := "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02hi"
	seq := uint32(50)
	for name, test := range map[string]struct {
		dests string
		st    smpp.Status
	}{
		"none":          {"\x00", smpp.ESME_RINVNUMDESTS},
		"255":           {"\xff" + strings.Repeat(entry, 255), smpp.ESME_RINVNUMDESTS},
		"one missing":   {"\x02" + entry, 0},
		"one too many":  {"\x01" + entry + entry, smpp.ESME_RINVNUMDESTS},
		"dest_flag 0":   {"\x01\x00\x01\x01" + open + "\x00", smpp.ESME_RINVDESTFLAG},
		"dest_flag 3":   {"\x02" + entry + "\x03\x01\x01" + open + "\x00", smpp.ESME_RINVDESTFLAG},
		"not ended":     {"\x01\x01\x01\x01" + unended, smpp.ESME_RINVDSTADR},
		"list alone":    {"\x01\x02friends\x00", smpp.ESME_RINVDSTADR},
		"list and rest": {"\x02\x02friends\x00\x01\x01\x01" + closed + "\x00", smpp.ESME_RINVDSTADR},
	} {
		seq++
		t.Run(name, func(t *testing.T) {
			f, err := e.Do(testContext(t), raw(smpp.IDSubmitMulti, seq, "\x00\x05\x00Acme\x00"+test.dests+tail))
			if err != nil {
				t.Fatal(err)
			}
			if test.st == 0 { // which of the two depends on what the rest reads like
				if test.st = f.Status(); test.st != smpp.ESME_RINVNUMDESTS && test.st != smpp.ESME_RINVDESTFLAG {
					t.Fatal(test.st)
				}
			}
			checkHeader(t, f, smpp.IDSubmitMultiResp, test.st, seq)
		})
	}
	if got := r.mc.Messages(); len(got) != 0 {
		t.Fatalf("forwarded\n%s", traces(got))
	}
	linkUp(t, e)
}

func TestConformanceB14MessagePayload(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	for i, size := range []int{0, 1, 254, 4096, 0xFFFF} {
		body := goodBody()
		body.text = "\x00"
		body.tlvs = string(smpp.AppendTLV(nil, smpp.TagMessagePayload, bytes.Repeat([]byte("x"), size)))
		f := body.frame(uint32(i))
		want(t, e, f, smpp.IDSubmitSMResp, smpp.ESME_ROK)
		got := r.mc.Messages()
		sameFrames(t, got[len(got)-1:], f)
	}
}

// TestConformanceB9OtherMessages breaks the fields of the other messages that are judged: each has its own status, and
// nothing of them is forwarded.
func TestConformanceB9OtherMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	const source, flags, multiFlags = "\x05\x00Acme\x00", "\x00\x00\x00", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02hi"
	data := func(service, source, dest, rest string) smpp.Frame {
		return raw(smpp.IDDataSM, 0, service+source+"\x01\x01"+dest+rest)
	}
	entry := func(addr string) string { return "\x01\x01\x01" + addr + "\x00" }
	multi := func(service, source, dests, rest string) smpp.Frame {
		return raw(smpp.IDSubmitMulti, 0, service+source+dests+rest)
	}
	const good = open + "\x00"
	long := strings.Repeat("4", 65) + "\x00"
	for name, test := range map[string]struct {
		frame smpp.Frame
		want  smpp.Status
	}{
		"data_sm: empty":                 {data("\x00", source, "\x00", flags), smpp.ESME_RINVDSTADR},
		"data_sm: 65 characters":         {data("\x00", source, long, flags), smpp.ESME_RINVDSTADR},
		"data_sm: not ended":             {data("\x00", source, unended, ""), smpp.ESME_RINVDSTADR},
		"data_sm: NUL in front":          {data("\x00", source, "\x00"+good, flags), smpp.ESME_RINVDSTADR},
		"data_sm: service_type":          {data("123456\x00", source, good, flags), smpp.ESME_RINVSERTYP},
		"data_sm: source_addr":           {data("\x00", "\x05\x00"+long, good, flags), smpp.ESME_RINVSRCADR},
		"data_sm: stray octet":           {data("\x00", source, good, flags+"\x00"), smpp.ESME_RINVOPTPARSTREAM},
		"submit_multi: empty":            {multi("\x00", source, "\x01"+entry(""), multiFlags), smpp.ESME_RINVDSTADR},
		"submit_multi: 21 characters":    {multi("\x00", source, "\x01"+entry(long[:21]), multiFlags), smpp.ESME_RINVDSTADR},
		"submit_multi: the second empty": {multi("\x00", source, "\x02"+entry(open)+entry(""), multiFlags), smpp.ESME_RINVDSTADR},
		"submit_multi: service_type":     {multi("123456\x00", source, "\x01"+entry(open), multiFlags), smpp.ESME_RINVSERTYP},
		"submit_multi: source_addr":      {multi("\x00", "\x05\x00"+long, "\x01"+entry(open), multiFlags), smpp.ESME_RINVSRCADR},
		"submit_multi: sm_length":        {multi("\x00", source, "\x01"+entry(open), multiFlags[:9]+"\x03hi"), smpp.ESME_RINVMSGLEN},
		"submit_multi: stray octets":     {multi("\x00", source, "\x01"+entry(open), multiFlags+"\x00\x00"), smpp.ESME_RINVOPTPARSTREAM},
		"submit_sm: not ended":           {raw(smpp.IDSubmitSM, 0, unended), smpp.ESME_RINVSERTYP},
		"submit_sm: source not ended":    {raw(smpp.IDSubmitSM, 0, "\x00\x05\x00"+unended), smpp.ESME_RINVSRCADR},
		"submit_sm: no body":             {header(smpp.IDSubmitSM, 0), smpp.ESME_RINVSERTYP},
	} {
		t.Run(name, func(t *testing.T) {
			want(t, e, test.frame, test.frame.ID().Response(), test.want)
		})
	}
	linkUp(t, e)
	if got := r.mc.Messages(); len(got) != 1 {
		t.Fatalf("forwarded\n%s", traces(got))
	}
}

// TestConformanceB12EveryKindAndDirection passes duplicate, unknown and vendor TLVs on octet for octet, in every message
// and from both sides.
func TestConformanceB12EveryKindAndDirection(t *testing.T) {
	t.Parallel()
	const tlvs = "\x14\x01\x00\x02\xca\xfe" + "\x02\x04\x00\x02\x00\x01" + "\x14\x01\x00\x00" + "\x3f\xff\x00\x01\x00" + "\x00\x05\x00\x00"
	with := func(f smpp.Frame) smpp.Frame { return raw(f.ID(), f.Sequence(), string(f[smpp.HeaderLen:])+tlvs) }
	data := (&smpp.DataSM{Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte(open)}}).Append(nil, smpp.Header{Sequence: 8})
	r := newRig(t, smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID().IsBind() {
			return smpptest.Action{}
		}
		return smpptest.Action{Raw: raw(f.ID().Response(), f.Sequence(), "id\x00"+tlvs)}
	}}, nil)
	e := r.trx()
	for _, f := range []smpp.Frame{with(submit(7, open)), with(data), with(goodBody().frame(9))} {
		answer := want(t, e, f, f.ID().Response(), smpp.ESME_ROK)
		if string(answer[smpp.HeaderLen:]) != "id\x00"+tlvs {
			t.Errorf("%s: the answer came as %x", f.ID(), []byte(answer))
		}
		got := r.mc.Messages()
		sameFrames(t, got[len(got)-1:], f)
	}
	delivery := with(deliver(17, "receipt"))
	r.link().Send(delivery)
	if f := recv(t, e); string(f) != string(delivery) {
		t.Errorf("delivered %x, want %x", []byte(f), []byte(delivery))
	}
	response := raw(smpp.IDDeliverSMResp, 17, "\x00"+tlvs)
	send(t, e, response)
	want(t, e, with(submit(18, open)), smpp.IDSubmitSMResp, smpp.ESME_ROK) // behind it
	sameFrames(t, r.link().Responses(), response)
}

// TestUnjudgedRequestsAreReadToo: what is not judged is relayed as well only if it can be read to its last octet.
func TestUnjudgedRequestsAreReadToo(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	id, source := []byte("17"), smpp.Address{Addr: []byte("Acme")}
	good := []smpp.Frame{
		(&smpp.QuerySM{MessageID: id, Source: source}).Append(nil, smpp.Header{Sequence: 1}),
		(&smpp.CancelSM{MessageID: id}).Append(nil, smpp.Header{Sequence: 2}),
		(&smpp.ReplaceSM{MessageID: id, ShortMessage: []byte("x")}).Append(nil, smpp.Header{Sequence: 3}),
		(&smpp.QueryBroadcastSM{MessageID: id, Source: source}).Append(nil, smpp.Header{Sequence: 4}),
		(&smpp.CancelBroadcastSM{MessageID: id, Source: source}).Append(nil, smpp.Header{Sequence: 5}),
		header(smpp.IDEnquireLink, 6),
	}
	for _, f := range good {
		want(t, e, f, f.ID().Response(), smpp.ESME_ROK)
	}
	for _, test := range []struct {
		id   smpp.CommandID
		body string
		want smpp.Status
	}{
		{smpp.IDQuerySM, unended, smpp.ESME_RINVMSGID},
		{smpp.IDCancelSM, unended, smpp.ESME_RINVSERTYP},
		{smpp.IDReplaceSM, unended, smpp.ESME_RINVMSGID},
		{smpp.IDQueryBroadcastSM, "", smpp.ESME_RINVMSGID},
		{smpp.IDQueryBroadcastSM, "17\x00\x05\x00" + unended, smpp.ESME_RINVSRCADR},
		{smpp.IDQueryBroadcastSM, "17\x00\x05\x00Acme\x00\x00", smpp.ESME_RINVOPTPARSTREAM},
		{smpp.IDCancelBroadcastSM, "", smpp.ESME_RINVSERTYP},
		{smpp.IDCancelBroadcastSM, "\x00" + unended, smpp.ESME_RINVMSGID},
		{smpp.IDCancelBroadcastSM, "\x0017\x00\x05\x00Acme\x00\x02\x04\x00\x03\x00\x01", smpp.ESME_RINVOPTPARSTREAM},
		{smpp.IDEnquireLink, "\x00", smpp.ESME_RINVCMDLEN},
		{smpp.IDEnquireLink, string(submit(8, closed)), smpp.ESME_RINVCMDLEN},
		{smpp.IDUnbind, string(submit(8, closed)), smpp.ESME_RINVCMDLEN},
	} {
		want(t, e, raw(test.id, 9, test.body), test.id.Response(), test.want)
	}
	sameFrames(t, r.mc.Received()[1:], good...)
	want(t, e, submit(10, open), smpp.IDSubmitSMResp, smpp.ESME_ROK) // the unbind was none
	if n := r.seen(Malformed); n != 12 {
		t.Errorf("counted %d", n)
	}
}

// TestResponsesAreRelayedUnread: nothing in a response sends a message, and one that was kept back would be delivered
// again. It comes through as it is, whatever is behind it.
func TestResponsesAreRelayedUnread(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	var responses []smpp.Frame
	for i, body := range []string{"", "\x00", "\x00\x00", unended, string(submit(8, closed))} {
		seq := uint32(20 + i)
		r.link().Send(deliver(seq, "receipt"))
		recv(t, e)
		responses = append(responses, raw(smpp.IDDeliverSMResp, seq, body))
		send(t, e, responses[i])
	}
	want(t, e, submit(10, open), smpp.IDSubmitSMResp, smpp.ESME_ROK) // behind them
	sameFrames(t, r.link().Responses(), responses...)
	sameFrames(t, r.mc.Messages(), submit(10, open))
}
