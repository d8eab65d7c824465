package smpp

// AlertNotification tells an ESME that a handset has become reachable (SMPP 3.4 s.4.12.1). It has no
// response.
type AlertNotification struct {
	Source Address // source_addr_ton, source_addr_npi, source_addr: the handset, up to 65 octets
	ESME   Address // esme_addr_ton, esme_addr_npi, esme_addr: who asked, up to 65 octets
	TLVs   []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *AlertNotification) Decode(f Frame) error {
	r := readAs(f, IDAlertNotification)
	p.Source = r.address(&fieldSourceTON, &fieldSourceNPI, &fieldSource65)
	p.ESME = r.address(&fieldESMETON, &fieldESMENPI, &fieldESMEAddr)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU with the sequence number of h.
func (p *AlertNotification) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDAlertNotification, h)
	dst = appendAddress(dst, p.Source)
	dst = appendAddress(dst, p.ESME)
	return end(appendTLVs(dst, p.TLVs), start)
}
