package smpp

// QuerySMResp answers query_sm (SMPP 3.4 s.4.8.2).
type QuerySMResp struct {
	MessageID    []byte // nil with an error status: no body
	FinalDate    []byte // when the message reached its final state; empty before
	MessageState byte   // s.5.2.28
	ErrorCode    byte   // of the network, meaningful to the message centre only
	TLVs         []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *QuerySMResp) Decode(f Frame) error {
	r := readAs(f, IDQuerySMResp)
	*p = QuerySMResp{MessageID: r.optional(f.Status(), &fieldMessageID), TLVs: p.TLVs[:0]}
	if p.MessageID != nil {
		p.FinalDate = r.cstring(&fieldFinalDate)
		p.MessageState = r.octet(&fieldMessageState)
		p.ErrorCode = r.octet(&fieldErrorCode)
	}
	p.TLVs = r.tlvs(p.TLVs)
	return r.err()
}

// Append appends the PDU with the status and the sequence number of h.
func (p *QuerySMResp) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDQuerySMResp, h)
	if !bodiless(h.Status, p.MessageID, p.TLVs) {
		dst = appendCString(dst, p.MessageID)
		dst = appendCString(dst, p.FinalDate)
		dst = append(dst, p.MessageState, p.ErrorCode)
	}
	return end(appendTLVs(dst, p.TLVs), start)
}
