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

func TestUnjudgedRequestsAreReadToo(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	e := r.trx()
	query := (&smpp.QuerySM{MessageID: []byte("17"), Source: smpp.Address{Addr: []byte("Acme")}}).
		Append(nil, smpp.Header{Sequence: 1})
	cancel := (&smpp.CancelSM{MessageID: []byte("17")}).Append(nil, smpp.Header{Sequence: 2})
	replace := (&smpp.ReplaceSM{MessageID: []byte("17"), ShortMessage: []byte("x")}).
		Append(nil, smpp.Header{Sequence: 3})
	want(t, e, query, smpp.IDQuerySMResp, smpp.ESME_ROK)
	want(t, e, cancel, smpp.IDCancelSMResp, smpp.ESME_ROK)
	want(t, e, replace, smpp.IDReplaceSMResp, smpp.ESME_ROK)
	for _, id := range []smpp.CommandID{smpp.IDQuerySM, smpp.IDCancelSM, smpp.IDReplaceSM} {
		f, err := e.Do(testContext(t), raw(id, 9, unended))
		if err != nil || f.ID() != id.Response() || f.Status() == smpp.ESME_ROK {
			t.Fatal(f, err)
		}
	}
	sameFrames(t, r.mc.Received()[1:], query, cancel, replace)
}
