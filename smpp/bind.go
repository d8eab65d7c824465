package smpp

// BindRequest is bind_transmitter, bind_receiver or bind_transceiver, which differ in command_id only (SMPP
// 3.4 s.4.1.1, 4.1.3, 4.1.5).
type BindRequest struct {
	SystemID         []byte
	Password         Secret
	SystemType       []byte
	InterfaceVersion byte // 0x34: SMPP 3.4; 0x33 and below: no TLVs in the response
	AddrTON          byte
	AddrNPI          byte
	AddressRange     []byte
	TLVs             []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *BindRequest) Decode(f Frame) error {
	r := newReader(f)
	if !f.ID().IsBind() {
		r = readAs(f, IDBindTransceiver)
	}
	p.SystemID = r.cstring(&fieldSystemID)
	p.Password = r.cstring(&fieldPassword)
	p.SystemType = r.cstring(&fieldSystemType)
	p.InterfaceVersion = r.octet(&fieldInterfaceVersion)
	p.AddrTON = r.octet(&fieldAddrTON)
	p.AddrNPI = r.octet(&fieldAddrNPI)
	p.AddressRange = r.cstring(&fieldAddressRange)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU; h.ID says which of the three it is.
func (p *BindRequest) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, h.ID, h)
	dst = appendCString(dst, p.SystemID)
	dst = appendCString(dst, p.Password)
	dst = appendCString(dst, p.SystemType)
	dst = append(dst, p.InterfaceVersion, p.AddrTON, p.AddrNPI)
	dst = appendCString(dst, p.AddressRange)
	return end(appendTLVs(dst, p.TLVs), start)
}
