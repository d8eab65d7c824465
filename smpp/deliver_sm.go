package smpp

// DeliverSM is deliver_sm: a message or a receipt for an ESME (SMPP 3.4 s.4.6.1). Its fields are those of
// submit_sm; the destination may be empty.
type DeliverSM SubmitSM

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *DeliverSM) Decode(f Frame) error {
	r := readAs(f, IDDeliverSM)
	p.ServiceType = r.cstring(&fieldServiceType)
	p.Source = r.source()
	p.Dest = r.address(&fieldDestTON, &fieldDestNPI, &fieldDest)
	(*SubmitSM)(p).readMessage(&r)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU with the sequence number of h.
func (p *DeliverSM) Append(dst []byte, h Header) []byte {
	return (*SubmitSM)(p).append(dst, IDDeliverSM, h)
}
