package smpp

// BroadcastSM sends a message to everybody in an area (SMPP 5.0 s.4.4). The text, the area and how often are in
// TLVs.
type BroadcastSM struct {
	ServiceType          []byte
	Source               Address // source_addr_ton, source_addr_npi, source_addr
	MessageID            []byte  // of the broadcast that this one replaces; empty: of none
	PriorityFlag         byte
	ScheduleDeliveryTime []byte
	ValidityPeriod       []byte
	ReplaceIfPresentFlag byte
	DataCoding           byte
	SMDefaultMsgID       byte
	TLVs                 []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *BroadcastSM) Decode(f Frame) error {
	r := readAs(f, IDBroadcastSM)
	p.ServiceType = r.cstring(&fieldServiceType)
	p.Source = r.source()
	p.MessageID = r.cstring(&fieldMessageID)
	p.PriorityFlag = r.octet(&fieldPriorityFlag)
	p.ScheduleDeliveryTime = r.cstring(&fieldSchedule)
	p.ValidityPeriod = r.cstring(&fieldValidity)
	p.ReplaceIfPresentFlag = r.octet(&fieldReplaceIfPresent)
	p.DataCoding = r.octet(&fieldDataCoding)
	p.SMDefaultMsgID = r.octet(&fieldDefaultMsgID)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU with the sequence number of h.
func (p *BroadcastSM) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDBroadcastSM, h)
	dst = appendCString(dst, p.ServiceType)
	dst = appendAddress(dst, p.Source)
	dst = appendCString(dst, p.MessageID)
	dst = append(dst, p.PriorityFlag)
	dst = appendCString(dst, p.ScheduleDeliveryTime)
	dst = appendCString(dst, p.ValidityPeriod)
	dst = append(dst, p.ReplaceIfPresentFlag, p.DataCoding, p.SMDefaultMsgID)
	return end(appendTLVs(dst, p.TLVs), start)
}
