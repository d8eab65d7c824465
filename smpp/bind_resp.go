package smpp

// BindResponse answers a bind (SMPP 3.4 s.4.1.2, 4.1.4, 4.1.6). TLV sc_interface_version is the usual one in
// it.
type BindResponse struct {
	SystemID []byte // the message centre's; nil with an error status: no body, as s.4.1.2 allows
	TLVs     []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *BindResponse) Decode(f Frame) error {
	r := newReader(f)
	if request := f.ID() &^ responseBit; !f.ID().IsResponse() || !request.IsBind() {
		r = readAs(f, IDBindTransceiverResp)
	}
	p.SystemID = r.optional(f.Status(), &fieldSystemID)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU; h.ID says which bind it answers.
func (p *BindResponse) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, h.ID, h)
	dst = appendOptional(dst, h.Status, p.SystemID, p.TLVs)
	return end(appendTLVs(dst, p.TLVs), start)
}
