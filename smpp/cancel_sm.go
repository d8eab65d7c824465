package smpp

// CancelSM takes back a message, or all to one destination (SMPP 3.4 s.4.9.1). Its response is a header
// alone.
type CancelSM struct {
	ServiceType []byte
	MessageID   []byte
	Source      Address // source_addr_ton, source_addr_npi, source_addr
	Dest        Address // dest_addr_ton, dest_addr_npi, destination_addr; may be empty
	TLVs        []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *CancelSM) Decode(f Frame) error {
	r := readAs(f, IDCancelSM)
	p.ServiceType = r.cstring(&fieldServiceType)
	p.MessageID = r.cstring(&fieldMessageID)
	p.Source = r.source()
	p.Dest = r.address(&fieldDestTON, &fieldDestNPI, &fieldDest)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU with the sequence number of h.
func (p *CancelSM) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDCancelSM, h)
	dst = appendCString(dst, p.ServiceType)
	dst = appendCString(dst, p.MessageID)
	dst = appendAddress(dst, p.Source)
	dst = appendAddress(dst, p.Dest)
	return end(appendTLVs(dst, p.TLVs), start)
}
