package smpp

// CancelBroadcastSM takes back a broadcast, or all of one kind (SMPP 5.0 s.4.6). Its response is a header alone.
type CancelBroadcastSM struct {
	ServiceType []byte
	MessageID   []byte  // empty: all that match
	Source      Address // source_addr_ton, source_addr_npi, source_addr
	TLVs        []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *CancelBroadcastSM) Decode(f Frame) error {
	r := readAs(f, IDCancelBroadcastSM)
	p.ServiceType = r.cstring(&fieldServiceType)
	p.MessageID = r.cstring(&fieldMessageID)
	p.Source = r.source()
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU with the sequence number of h.
func (p *CancelBroadcastSM) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDCancelBroadcastSM, h)
	dst = appendCString(dst, p.ServiceType)
	dst = appendCString(dst, p.MessageID)
	dst = appendAddress(dst, p.Source)
	return end(appendTLVs(dst, p.TLVs), start)
}
