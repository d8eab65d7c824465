package probe

import (
	"slices"
	"strings"

	"geogate/smpp"
)

const (
	trx = smpp.IDBindTransceiver
	rx  = smpp.IDBindReceiver
	ok  = smpp.ESME_ROK
)

// unended is a field without its NUL.
var unended = strings.Repeat("1", 70)

// message is a submit_sm field by field, so that each can be broken.
type message struct{ service, source, dest, schedule, validity, text, tlvs string }

func (t *Target) message() message {
	return message{"\x00", "\x05\x00Probe\x00", "\x01\x01" + t.To + "\x00", "\x00", "\x00", "\x05probe", ""}
}

func (m message) frame(sequence uint32) []byte {
	return frame(smpp.IDSubmitSM, sequence, m.service+m.source+m.dest+"\x00\x00\x00"+m.schedule+m.validity+
		"\x00\x00\x00\x00"+m.text+m.tlvs)
}

// frame is a PDU with any body.
func frame(id smpp.CommandID, sequence uint32, body string) []byte {
	f := smpp.Header{Length: uint32(smpp.HeaderLen + len(body)), ID: id, Sequence: sequence}.Append(nil)
	return append(f, body...)
}

func (t *Target) submit(sequence uint32) []byte { return t.message().frame(sequence) }

// taken expects an accepted submit_sm.
func taken(sequence uint32) expectation { return answer(smpp.IDSubmitSMResp, sequence, ok) }

func (t *Target) bindRequest(mode smpp.CommandID, systemID, password string, version byte) []byte {
	request := smpp.BindRequest{
		SystemID: []byte(systemID), Password: smpp.Secret(password), InterfaceVersion: version,
	}
	return request.Append(nil, smpp.Header{ID: mode, Sequence: bindSequence})
}

// whole is octets that go out in one write.
func whole(octets ...[]byte) [][]byte { return [][]byte{slices.Concat(octets...)} }

func hex(n uint32) string {
	const digits = "0123456789ABCDEF"
	text := []byte("0x")
	for shift := 28; shift >= 0; shift -= 4 {
		if d := n >> shift & 15; d != 0 || len(text) > 2 || shift < 8 {
			text = append(text, digits[d])
		}
	}
	return string(text)
}
