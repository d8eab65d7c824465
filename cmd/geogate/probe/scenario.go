package probe

import (
	"fmt"
	"slices"
	"strings"

	"geogate/smpp"
)

// scenario is one piece of input and what must come of it.
type scenario struct {
	number string // its point in the list, and a letter where that has several
	sent   string // what is sent, in words
	source string // section of SMPP 3.4
	mode   smpp.CommandID
	octets [][]byte
	want   []expectation // the answers, in any order
	closes bool          // the connection ends behind them; otherwise later PDUs are answered
}

// expectation is one answer.
type expectation struct {
	id       smpp.CommandID
	statuses []smpp.Status // one of them
	sequence uint32
	anySeq   bool
}

func (e expectation) fits(f smpp.Frame) bool {
	return f.ID() == e.id && slices.Contains(e.statuses, f.Status()) && (e.anySeq || f.Sequence() == e.sequence)
}

// answer expects an answer with one of the statuses.
func answer(id smpp.CommandID, sequence uint32, statuses ...smpp.Status) expectation {
	return expectation{id: id, sequence: sequence, statuses: statuses}
}

// lost expects the generic_nack that says that framing is lost: to which sequence_number nobody can know.
var lost = expectation{id: smpp.IDGenericNack, statuses: []smpp.Status{smpp.ESME_RINVCMDLEN}, anySeq: true}

// asks is what must come of it, in words.
func (s *scenario) asks() string {
	var parts []string
	for _, e := range s.want {
		names := make([]string, len(e.statuses))
		for i, st := range e.statuses {
			names[i] = st.String()
		}
		parts = append(parts, e.id.String()+" "+strings.Join(names, " or "))
	}
	return list(append(parts, choose(s.closes, "closed", "link up")))
}

// list writes texts one behind the other, and those that repeat with their number.
func list(texts []string) string {
	var parts []string
	counts := map[string]int{}
	for _, text := range texts {
		if counts[text]++; counts[text] == 1 {
			parts = append(parts, text)
		}
	}
	for i, text := range parts {
		if counts[text] > 1 {
			parts[i] = fmt.Sprintf("%d %s", counts[text], text)
		}
	}
	return strings.Join(parts, ", ")
}

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

func (t *Target) bindRequest(mode smpp.CommandID, password string, version byte) []byte {
	request := smpp.BindRequest{
		SystemID: []byte(t.SystemID), Password: smpp.Secret(password), InterfaceVersion: version,
	}
	return request.Append(nil, smpp.Header{ID: mode, Sequence: bindSequence})
}

// whole is octets that go out in one write.
func whole(octets ...[]byte) [][]byte { return [][]byte{slices.Concat(octets...)} }

// place is where the scenario stands in the list: its number, whatever its letters.
func (s *scenario) place() int {
	n := 0
	for _, c := range s.number {
		if '0' <= c && c <= '9' {
			n = 10*n + int(c-'0')
		}
	}
	return n
}
