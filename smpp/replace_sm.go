package smpp

// ReplaceSM puts a new text into a message that has not been sent yet (SMPP 3.4 s.4.10.1). It cannot change
// where the message goes. Its response is a header alone.
type ReplaceSM struct {
	MessageID            []byte
	Source               Address // source_addr_ton, source_addr_npi, source_addr
	ScheduleDeliveryTime []byte
	ValidityPeriod       []byte
	RegisteredDelivery   byte
	SMDefaultMsgID       byte
	ShortMessage         []byte // at most 254 octets
	TLVs                 []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *ReplaceSM) Decode(f Frame) error {
	r := readAs(f, IDReplaceSM)
	p.MessageID = r.cstring(&fieldMessageID)
	p.Source = r.source()
	p.ScheduleDeliveryTime = r.cstring(&fieldSchedule)
	p.ValidityPeriod = r.cstring(&fieldValidity)
	p.RegisteredDelivery = r.octet(&fieldRegisteredDelivery)
	p.SMDefaultMsgID = r.octet(&fieldDefaultMsgID)
	p.ShortMessage = r.shortMessage()
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU with the sequence number of h.
func (p *ReplaceSM) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDReplaceSM, h)
	dst = appendCString(dst, p.MessageID)
	dst = appendAddress(dst, p.Source)
	dst = appendCString(dst, p.ScheduleDeliveryTime)
	dst = appendCString(dst, p.ValidityPeriod)
	dst = append(dst, p.RegisteredDelivery, p.SMDefaultMsgID)
	dst = appendShortMessage(dst, p.ShortMessage)
	return end(appendTLVs(dst, p.TLVs), start)
}
