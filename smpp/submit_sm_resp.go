package smpp

// SubmitSMResp answers submit_sm (SMPP 3.4 s.4.4.2).
type SubmitSMResp struct {
	MessageID []byte // the message centre's; nil with an error status: no body
	TLVs      []TLV  // SMPP 5.0 s.4.2.1.2
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *SubmitSMResp) Decode(f Frame) error { return p.decode(f, IDSubmitSMResp) }

// Append appends the PDU with the status and the sequence number of h.
func (p *SubmitSMResp) Append(dst []byte, h Header) []byte { return p.append(dst, IDSubmitSMResp, h) }

func (p *SubmitSMResp) decode(f Frame, id CommandID) error {
	r := readAs(f, id)
	p.MessageID = r.optional(f.Status(), &fieldMessageID)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

func (p *SubmitSMResp) append(dst []byte, id CommandID, h Header) []byte {
	start := len(dst)
	dst = begin(dst, id, h)
	dst = appendOptional(dst, h.Status, p.MessageID, p.TLVs)
	return end(appendTLVs(dst, p.TLVs), start)
}
