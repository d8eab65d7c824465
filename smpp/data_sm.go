package smpp

// DataSM is data_sm: a message whose text is in TLV message_payload (SMPP 3.4 s.4.7.1). Its addresses have up
// to 65 octets.
type DataSM struct {
	ServiceType        []byte
	Source             Address // source_addr_ton, source_addr_npi, source_addr
	Dest               Address // dest_addr_ton, dest_addr_npi, destination_addr; never empty
	ESMClass           byte
	RegisteredDelivery byte
	DataCoding         byte
	TLVs               []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *DataSM) Decode(f Frame) error {
	r := readAs(f, IDDataSM)
	p.read(&r)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// read reads the mandatory parameters and returns the place of the destination.
func (p *DataSM) read(r *reader) (start, end int) {
	p.ServiceType = r.cstring(&fieldServiceType)
	p.Source = r.address(&fieldSourceTON, &fieldSourceNPI, &fieldSource65)
	start = r.at
	p.Dest = r.destination(&fieldDest65)
	end = r.at
	p.ESMClass = r.octet(&fieldESMClass)
	p.RegisteredDelivery = r.octet(&fieldRegisteredDelivery)
	p.DataCoding = r.octet(&fieldDataCoding)
	return start, end
}

// Append appends the PDU with the sequence number of h.
func (p *DataSM) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDDataSM, h)
	dst = appendCString(dst, p.ServiceType)
	dst = appendAddress(dst, p.Source)
	dst = appendAddress(dst, p.Dest)
	dst = append(dst, p.ESMClass, p.RegisteredDelivery, p.DataCoding)
	return end(appendTLVs(dst, p.TLVs), start)
}
