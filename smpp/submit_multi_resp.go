package smpp

import "encoding/binary"

// Unsuccess is one entry of unsuccess_sme: a destination that the message was not taken for, and why.
type Unsuccess struct {
	Address
	Status Status // error_status_code
}

// SubmitMultiResp answers submit_multi (SMPP 3.4 s.4.5.2).
type SubmitMultiResp struct {
	MessageID []byte // the message centre's; nil with an error status: no body
	Unsuccess []Unsuccess
	TLVs      []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *SubmitMultiResp) Decode(f Frame) error {
	r := readAs(f, IDSubmitMultiResp)
	p.read(&r, f.Status())
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// read reads the mandatory parameters.
func (p *SubmitMultiResp) read(r *reader, st Status) {
	p.Unsuccess = p.Unsuccess[:0]
	p.MessageID = r.optional(st, &fieldMessageID)
	if p.MessageID == nil {
		return
	}
	for n := r.octet(&fieldNoUnsuccess); n > 0 && !r.failed(); n-- {
		p.Unsuccess = append(p.Unsuccess, r.unsuccess())
	}
}

func (r *reader) unsuccess() Unsuccess {
	return Unsuccess{
		Address: r.address(&fieldDestTON, &fieldDestNPI, &fieldDest),
		Status:  Status(r.uint32(&fieldErrorStatus)),
	}
}

// Append appends the PDU with the status and the sequence number of h; p.Unsuccess has at most 255 entries.
func (p *SubmitMultiResp) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDSubmitMultiResp, h)
	if !bodiless(h.Status, p.MessageID, p.TLVs) {
		dst = appendCString(dst, p.MessageID)
		dst = append(dst, byte(len(p.Unsuccess)))
		dst = appendUnsuccess(dst, p.Unsuccess)
	}
	return end(appendTLVs(dst, p.TLVs), start)
}

func appendUnsuccess(dst []byte, list []Unsuccess) []byte {
	for i := range list {
		dst = appendAddress(dst, list[i].Address)
		dst = binary.BigEndian.AppendUint32(dst, uint32(list[i].Status))
	}
	return dst
}

// AppendSubmitMultiResp appends a submit_multi_resp. A nil messageID with an error status makes it a header
// alone.
func AppendSubmitMultiResp(dst []byte, seq uint32, st Status, messageID []byte, un []Unsuccess) []byte {
	p := SubmitMultiResp{MessageID: messageID, Unsuccess: un}
	return p.Append(dst, Header{Status: st, Sequence: seq})
}
