package smpp

// QueryBroadcastSM asks for the state of a broadcast (SMPP 5.0 s.4.6).
type QueryBroadcastSM struct {
	MessageID []byte
	Source    Address // source_addr_ton, source_addr_npi, source_addr
	TLVs      []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *QueryBroadcastSM) Decode(f Frame) error {
	r := readAs(f, IDQueryBroadcastSM)
	p.MessageID = r.cstring(&fieldMessageID)
	p.Source = r.source()
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU with the sequence number of h.
func (p *QueryBroadcastSM) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDQueryBroadcastSM, h)
	dst = appendCString(dst, p.MessageID)
	dst = appendAddress(dst, p.Source)
	return end(appendTLVs(dst, p.TLVs), start)
}
