package smpp

import "encoding/binary"

// HeaderLen is the length of the header that every PDU starts with, in octets (SMPP 3.4 s.3.2).
const HeaderLen = 16

// Header is the header of a PDU.
type Header struct {
	Length   uint32    // command_length: octets of the whole PDU, the header included
	ID       CommandID // command_id
	Status   Status    // command_status; 0 in a request
	Sequence uint32    // sequence_number, echoed by the response
}

// ParseHeader reads the header at the start of b, which holds HeaderLen octets or more.
func ParseHeader(b []byte) Header {
	_ = b[HeaderLen-1]
	return Header{
		Length:   binary.BigEndian.Uint32(b),
		ID:       CommandID(binary.BigEndian.Uint32(b[4:])),
		Status:   Status(binary.BigEndian.Uint32(b[8:])),
		Sequence: binary.BigEndian.Uint32(b[12:]),
	}
}

// Append appends the 16 octets of the header to dst, Length as it stands.
func (h Header) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, h.Length)
	dst = binary.BigEndian.AppendUint32(dst, uint32(h.ID))
	dst = binary.BigEndian.AppendUint32(dst, uint32(h.Status))
	return binary.BigEndian.AppendUint32(dst, h.Sequence)
}

// AppendHeader appends a PDU that is a header and nothing else: enquire_link, unbind, their responses,
// generic_nack, cancel_sm_resp, replace_sm_resp, and any response that carries an error alone.
func AppendHeader(dst []byte, id CommandID, st Status, sequence uint32) []byte {
	return Header{Length: HeaderLen, ID: id, Status: st, Sequence: sequence}.Append(dst)
}

// begin appends the header of a PDU whose length is not known yet; end puts the length in.
func begin(dst []byte, id CommandID, h Header) []byte {
	h.ID = id
	return h.Append(dst)
}

// end writes command_length of the PDU that starts at start and ends where dst ends.
func end(dst []byte, start int) []byte {
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}
