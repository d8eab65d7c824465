package smpp

import (
	"strings"
	"testing"
)

var refused = []Unsuccess{{number("336"), ESME_RINVDSTADR}, {Address{2, 8, []byte("0")}, ESME_RTHROTTLED}}

func TestAppendMergedUnsuccess(t *testing.T) {
	added := "\x01\x01336\x00\x00\x00\x00\x0b" + "\x02\x080\x00\x00\x00\x00\x58"
	own := "\x01\x0144\x00\x00\x00\x00\x45"
	for _, test := range []struct {
		name   string
		status Status
		body   string
		want   string
	}{
		{"none refused there", ESME_ROK, "abcd\x00\x00", "abcd\x00\x02" + added},
		{"one refused there", ESME_ROK, "abcd\x00\x01" + own, "abcd\x00\x03" + own + added},
		{"TLVs behind", ESME_ROK, "abcd\x00\x01" + own + "\x14\x03\x00\x01x\x14\x03\x00\x00",
			"abcd\x00\x03" + own + added + "\x14\x03\x00\x01x\x14\x03\x00\x00"},
		{"no no_unsuccess", ESME_ROK, "abcd\x00", "abcd\x00\x02" + added},
		{"no body though OK", ESME_ROK, "", "\x00\x02" + added},
		{"an error with a body", ESME_RSUBMITFAIL, "\x00\x01" + own, "\x00\x03" + own + added},
		{"an error without a body", ESME_RTHROTTLED, "", ""},
	} {
		h := Header{ID: IDSubmitMultiResp, Status: test.status, Sequence: 42}
		resp := Frame(end(append(h.Append(nil), test.body...), 0))
		got, err := AppendMergedUnsuccess([]byte("before"), resp, refused)
		want := end(append(h.Append(nil), test.want...), 0)
		if err != nil || string(got) != "before"+string(want) {
			t.Errorf("%s: %v\n got %x\nwant %x", test.name, err, got[6:], want)
		}
		var p SubmitMultiResp
		if err := p.Decode(got[6:]); err != nil {
			t.Errorf("%s: the merged answer cannot be read: %v", test.name, err)
		}
	}
}

func TestAppendMergedUnsuccessFaults(t *testing.T) {
	for name, body := range map[string]string{
		"message_id without end": "abcd",
		"one entry announced":    "abcd\x00\x01",
		"half an entry":          "abcd\x00\x01\x01\x0144\x00\x00\x00",
		"stray octet":            "abcd\x00\x00\x00",
		"256 entries in all":     "abcd\x00\xfe" + strings.Repeat("\x01\x0144\x00\x00\x00\x00\x0b", 254),
	} {
		resp := end(append(Header{ID: IDSubmitMultiResp}.Append(nil), body...), 0)
		got, err := AppendMergedUnsuccess([]byte("x"), resp, refused)
		if err == nil || string(got) != "x" {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	other := AppendHeader(nil, IDSubmitSMResp, ESME_ROK, 1)
	if _, err := AppendMergedUnsuccess(nil, other, refused); err == nil {
		t.Error("a submit_sm_resp is merged")
	}
}

func TestAppendSubmitMultiResp(t *testing.T) {
	got := AppendSubmitMultiResp(nil, 42, ESME_RINVDSTADR, []byte{}, refused)
	var p SubmitMultiResp
	if err := p.Decode(got); err != nil || len(p.Unsuccess) != 2 || p.Unsuccess[1].Status != ESME_RTHROTTLED {
		t.Errorf("%x: %+v, %v", got, p, err)
	}
	if got := AppendSubmitMultiResp(nil, 42, ESME_RINVDSTADR, nil, nil); len(got) != HeaderLen {
		t.Errorf("an error alone: %x", got)
	}
}
