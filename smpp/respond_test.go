package smpp

import (
	"bytes"
	"strings"
	"testing"
)

func TestRespond(t *testing.T) {
	for _, test := range []struct {
		request  CommandID
		status   Status
		response CommandID
		want     Status
	}{
		{IDEnquireLink, ESME_ROK, IDEnquireLinkResp, ESME_ROK},
		{IDUnbind, ESME_ROK, IDUnbindResp, ESME_ROK},
		{IDSubmitSM, ESME_RINVDSTADR, IDSubmitSMResp, ESME_RINVDSTADR},
		{IDSubmitSM, ESME_ROK, IDSubmitSMResp, ESME_RSYSERR}, // never an OK of our own
		{IDBindTransceiver, ESME_ROK, IDBindTransceiverResp, ESME_RSYSERR},
		{IDBindReceiver, ESME_RALYBND, IDBindReceiverResp, ESME_RALYBND},
		{IDSubmitMulti, ESME_RINVNUMDESTS, IDSubmitMultiResp, ESME_RINVNUMDESTS},
		{IDDataSM, ESME_RINVDSTADR, IDDataSMResp, ESME_RINVDSTADR},
		{IDBroadcastSM, ESME_RINVDSTADR, IDBroadcastSMResp, ESME_RINVDSTADR},
		{IDOutbind, ESME_RINVCMDID, IDGenericNack, ESME_RINVCMDID},
		{IDAlertNotification, ESME_RINVCMDID, IDGenericNack, ESME_RINVCMDID},
		{0x00000077, ESME_RINVCMDID, IDGenericNack, ESME_RINVCMDID},
		{0x00000000, ESME_RINVCMDID, IDGenericNack, ESME_RINVCMDID},
	} {
		for _, sequence := range []uint32{0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF} {
			got := Respond(nil, Header{Length: 99, ID: test.request, Sequence: sequence}, test.status)
			want := AppendHeader(nil, test.response, test.want, sequence)
			if !bytes.Equal(got, want) {
				t.Errorf("%v with %v: %x, want %x", test.request, test.status, got, want)
			}
		}
	}
}

// TestRespondToResponse: a response is never answered, whatever it is.
func TestRespondToResponse(t *testing.T) {
	for _, id := range []CommandID{IDSubmitSMResp, IDGenericNack, 0x80000077, 0xFFFFFFFF} {
		if got := Respond(nil, Header{ID: id}, ESME_RINVCMDID); got != nil {
			t.Errorf("%v is answered with %x", id, got)
		}
		if got := RespondText(nil, Header{ID: id}, ESME_RINVCMDID, []byte("no")); got != nil {
			t.Errorf("%v is answered with %x", id, got)
		}
	}
}

func TestRespondText(t *testing.T) {
	for _, test := range []struct {
		request CommandID
		text    string
		body    string
	}{
		{IDSubmitSM, "no", "\x00\x00\x1d\x00\x03no\x00"},
		{IDDataSM, "no", "\x00\x00\x1d\x00\x03no\x00"},
		{IDBroadcastSM, "no", "\x00\x00\x1d\x00\x03no\x00"},
		{IDSubmitMulti, "no", "\x00\x00\x00\x1d\x00\x03no\x00"},
		{IDSubmitSM, "", ""},
		{IDQuerySM, "no", ""},
		{IDOutbind, "no", ""},
		{IDSubmitSM, strings.Repeat("x", 300), "\x00\x00\x1d\x01\x00" + strings.Repeat("x", 255) + "\x00"},
	} {
		f := Frame(RespondText(nil, Header{ID: test.request, Sequence: 42}, ESME_RINVDSTADR, []byte(test.text)))
		want := Header{uint32(16 + len(test.body)), test.request.Response(), ESME_RINVDSTADR, 42}
		if f.Header() != want || string(f.Body()) != test.body {
			t.Errorf("%v %.10q: %x", test.request, test.text, f)
		}
	}
	f := Frame(RespondText(nil, Header{ID: IDSubmitSM}, ESME_ROK, []byte("fine")))
	if f.Status() != ESME_RSYSERR {
		t.Errorf("an OK of our own: %x", f)
	}
}

// TestRespondTextDecodes: strict ESMEs must be able to read the answers.
func TestRespondTextDecodes(t *testing.T) {
	for id, p := range map[CommandID]pdu{
		IDSubmitSM: new(SubmitSMResp), IDSubmitMulti: new(SubmitMultiResp), IDDataSM: new(DataSMResp),
	} {
		f := Frame(RespondText(nil, Header{ID: id, Sequence: 42}, ESME_RINVDSTADR, []byte("no")))
		if err := p.Decode(f); err != nil {
			t.Errorf("%v: %v", id, err)
		}
	}
}

func TestRespondAlloc(t *testing.T) {
	dst := make([]byte, 0, 512)
	req := Header{ID: IDSubmitSM, Sequence: 42}
	text := []byte(strings.Repeat("why ", 30))
	if n := testing.AllocsPerRun(100, func() {
		Respond(dst, req, ESME_RINVDSTADR)
		RespondText(dst, req, ESME_RINVDSTADR, text)
	}); n != 0 {
		t.Errorf("%v allocations for two answers", n)
	}
}
