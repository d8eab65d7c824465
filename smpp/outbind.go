package smpp

// Outbind is a message centre's invitation to bind (SMPP 3.4 s.4.1.7). It has no response.
type Outbind struct {
	SystemID []byte
	Password Secret
	TLVs     []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *Outbind) Decode(f Frame) error {
	r := readAs(f, IDOutbind)
	p.SystemID = r.cstring(&fieldSystemID)
	p.Password = r.cstring(&fieldPassword)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU with the sequence number of h.
func (p *Outbind) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDOutbind, h)
	dst = appendCString(dst, p.SystemID)
	dst = appendCString(dst, p.Password)
	return end(appendTLVs(dst, p.TLVs), start)
}
