package smpp

import (
	"strings"
	"testing"

	fiorix "github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutlv"
)

// TestCommandNames compares ids and names with go-smpp's: SubmitSMResp there is submit_sm_resp here.
func TestCommandNames(t *testing.T) {
	for id, name := range commandNames {
		theirs := fiorix.ID(id).String()
		if theirs == "" {
			continue // it has none of the broadcast ones
		}
		if ours := strings.ReplaceAll(name, "_", ""); !strings.EqualFold(ours, theirs) {
			t.Errorf("%08x is %s here and %s in go-smpp", uint32(id), name, theirs)
		}
		if id.String() != name || !id.Known() {
			t.Errorf("%08x prints as %s", uint32(id), id)
		}
	}
	for id := range CommandID(2 * knownBelow) {
		for _, id := range []CommandID{id, id | responseBit} {
			if _, named := commandNames[id]; named != id.Known() {
				t.Errorf("%s: known %v", id, !named)
			}
			if theirs := fiorix.ID(id).String(); theirs != "" && !id.Known() {
				t.Errorf("go-smpp knows %08x as %s", uint32(id), theirs)
			}
		}
	}
}

func TestCommandResponses(t *testing.T) {
	for id, name := range commandNames {
		want := IDGenericNack
		switch {
		case id.IsResponse():
			want = id
		case commandNames[id|responseBit] == name+"_resp":
			want = id | responseBit
		}
		if got := id.Response(); got != want {
			t.Errorf("%v is answered by %v, want %v", id, got, want)
		}
	}
}

// TestStatuses: every status has a name of its own and words, and ParseStatus reads what String writes.
func TestStatuses(t *testing.T) {
	seen := map[string]bool{}
	for status, word := range statusWords {
		if seen[word.name] || status.String() != word.name || status.Text() == "" {
			t.Errorf("%08x: name %s, words %q", uint32(status), status, status.Text())
		}
		seen[word.name] = true
		short := strings.ToLower(strings.TrimPrefix(word.name, "ESME_"))
		for _, text := range []string{word.name, short} {
			if got, err := ParseStatus(text); err != nil || got != status {
				t.Errorf("ParseStatus(%q) = %v, %v", text, got, err)
			}
		}
	}
	for status := range Status(0x200) {
		theirs := fiorix.Status(status).Error()
		known := !strings.HasPrefix(theirs, "unknown status")
		if _, ours := statusWords[status]; known && !ours {
			t.Errorf("go-smpp knows %08x as %q", uint32(status), theirs)
		}
	}
}

func TestParseStatus(t *testing.T) {
	for text, want := range map[string]Status{
		"0x0B": ESME_RINVDSTADR, "11": ESME_RINVDSTADR, "0x00000400": 0x400, "0xffffffff": 0xFFFFFFFF,
		"ESME_RINVTLVSTREAM": ESME_RINVOPTPARSTREAM, "esme_rok": ESME_ROK,
	} {
		if got, err := ParseStatus(text); err != nil || got != want {
			t.Errorf("ParseStatus(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "ESME_", "nonsense", "-1", "0x100000000", "0x"} {
		if got, err := ParseStatus(text); err == nil {
			t.Errorf("ParseStatus(%q) = %v", text, got)
		}
	}
	for status, want := range map[Status]string{
		0x400: "an error of the message centre's own", 0x77: "a status that SMPP does not define",
	} {
		if got := status.Text(); got != want {
			t.Errorf("%v: %q", status, got)
		}
	}
}

// TestTags compares tags with go-smpp's where it has one of that name.
func TestTags(t *testing.T) {
	for tag, theirs := range map[Tag]pdutlv.Tag{
		TagDestAddrSubunit: pdutlv.TagDestAddrSubunit, TagMessagePayload: pdutlv.TagMessagePayload,
		TagReceiptedMessageID: pdutlv.TagReceiptedMessageID, TagSARMsgRefNum: pdutlv.TagSarMsgRefNum,
		TagMSAvailabilityStatus:     pdutlv.TagMsAvailabilityStatus,
		TagMessageState:             pdutlv.TagMessageStateOption,
		TagAlertOnMessageDelivery:   pdutlv.TagAlertOnMessageDelivery,
		TagAdditionalStatusInfoText: pdutlv.TagAdditionalStatusInfoText,
		TagITSSessionInfo:           pdutlv.TagItsSessionInfo,
	} {
		if uint16(tag) != uint16(theirs) {
			t.Errorf("%v is %04x here and %04x in go-smpp", tag, uint16(tag), uint16(theirs))
		}
	}
	if got := Tag(0x1403).String(); got != "0x1403" {
		t.Errorf("a vendor's tag prints as %s", got)
	}
}

func TestFindTLV(t *testing.T) {
	tlvs := []TLV{{1, []byte("a")}, {2, []byte("b")}, {1, []byte("c")}}
	if v, ok := FindTLV(tlvs, 1); !ok || string(v) != "a" {
		t.Errorf("FindTLV(1) = %q, %v", v, ok)
	}
	if v, ok := FindTLV(tlvs, 3); ok || v != nil {
		t.Errorf("FindTLV(3) = %q, %v", v, ok)
	}
}
