package smpp

import "encoding/binary"

// Respond appends the answer to the request with header req: its response, or a generic_nack where it has
// none (SMPP 3.4 s.4.3), with the request's sequence_number and the status st. The answer is a header alone,
// as the specification has it for errors.
//
// A response is never answered: for one, nothing is appended. ESME_ROK is for enquire_link and unbind; for
// anything else it becomes ESME_RSYSERR, since an OK without a message centre would claim a message that
// nobody has taken.
func Respond(dst []byte, req Header, st Status) []byte {
	if req.ID.IsResponse() {
		return dst
	}
	return AppendHeader(dst, req.ID.Response(), honest(req.ID, st), req.Sequence)
}

// honest returns st unless it would be an OK that is not ours to give.
func honest(id CommandID, st Status) Status {
	if st == ESME_ROK && id != IDEnquireLink && id != IDUnbind {
		return ESME_RSYSERR
	}
	return st
}

// maxStatusText is the longest additional_status_info_text, in octets without its NUL (SMPP 3.4 s.5.3.2.11).
const maxStatusText = 255

// RespondText is Respond with one line of words in TLV additional_status_info_text, cut at 255 octets. The
// TLV has to stand behind the mandatory fields, so message_id is there and empty. Only responses that may
// have the TLV get it (submit_sm, submit_multi, data_sm, broadcast_sm); for others, or an empty text, it is
// Respond.
func RespondText(dst []byte, req Header, st Status, text []byte) []byte {
	fields, ok := emptyFields(req.ID)
	st = honest(req.ID, st)
	if !ok || len(text) == 0 {
		return Respond(dst, req, st)
	}
	start := len(dst)
	dst = begin(dst, req.ID.Response(), Header{Status: st, Sequence: req.Sequence})
	dst = append(dst, fields...)
	text = text[:min(len(text), maxStatusText)]
	dst = binary.BigEndian.AppendUint16(dst, uint16(TagAdditionalStatusInfoText))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(text)+1))
	return end(append(append(dst, text...), 0), start)
}

// emptyFields returns the mandatory fields of a response to id that says nothing: an empty message_id,
// no_unsuccess 0.
func emptyFields(id CommandID) (fields string, ok bool) {
	switch id {
	case IDSubmitSM, IDDataSM, IDBroadcastSM:
		return "\x00", true
	case IDSubmitMulti:
		return "\x00\x00", true
	}
	return "", false
}
