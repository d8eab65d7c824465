package smpp

// SubmitSM is submit_sm: one message to one destination (SMPP 3.4 s.4.4.1).
//
// The two times are C-octet strings of "1 or 17" octets (s.5.2.15, 5.2.16). Here any that ends within 17 is
// read: what is in it does not move the fields behind it, and whether a shorter one is a time is the message
// centre's question.
type SubmitSM struct {
	ServiceType          []byte
	Source               Address // source_addr_ton, source_addr_npi, source_addr
	Dest                 Address // dest_addr_ton, dest_addr_npi, destination_addr; never empty
	ESMClass             byte
	ProtocolID           byte
	PriorityFlag         byte
	ScheduleDeliveryTime []byte
	ValidityPeriod       []byte
	RegisteredDelivery   byte
	ReplaceIfPresentFlag byte
	DataCoding           byte
	SMDefaultMsgID       byte
	ShortMessage         []byte // at most 254 octets (sm_length); a longer one goes into TLV message_payload
	TLVs                 []TLV
}

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *SubmitSM) Decode(f Frame) error {
	r := readAs(f, IDSubmitSM)
	p.read(&r)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU with the sequence number of h.
func (p *SubmitSM) Append(dst []byte, h Header) []byte { return p.append(dst, IDSubmitSM, h) }

// read reads the mandatory parameters and returns the place of the destination.
func (p *SubmitSM) read(r *reader) (start, end int) {
	p.ServiceType = r.cstring(&fieldServiceType)
	p.Source = r.source()
	start = r.at
	p.Dest = r.destination(&fieldDest)
	end = r.at
	p.readMessage(r)
	return start, end
}

// readMessage reads what follows the destination.
func (p *SubmitSM) readMessage(r *reader) {
	p.ESMClass = r.octet(&fieldESMClass)
	p.ProtocolID = r.octet(&fieldProtocolID)
	p.PriorityFlag = r.octet(&fieldPriorityFlag)
	p.ScheduleDeliveryTime = r.cstring(&fieldSchedule)
	p.ValidityPeriod = r.cstring(&fieldValidity)
	p.RegisteredDelivery = r.octet(&fieldRegisteredDelivery)
	p.ReplaceIfPresentFlag = r.octet(&fieldReplaceIfPresent)
	p.DataCoding = r.octet(&fieldDataCoding)
	p.SMDefaultMsgID = r.octet(&fieldDefaultMsgID)
	p.ShortMessage = r.shortMessage()
}

func (p *SubmitSM) append(dst []byte, id CommandID, h Header) []byte {
	start := len(dst)
	dst = begin(dst, id, h)
	dst = appendCString(dst, p.ServiceType)
	dst = appendAddress(dst, p.Source)
	dst = appendAddress(dst, p.Dest)
	dst = append(dst, p.ESMClass, p.ProtocolID, p.PriorityFlag)
	dst = appendCString(dst, p.ScheduleDeliveryTime)
	dst = appendCString(dst, p.ValidityPeriod)
	dst = append(dst, p.RegisteredDelivery, p.ReplaceIfPresentFlag, p.DataCoding, p.SMDefaultMsgID)
	dst = appendShortMessage(dst, p.ShortMessage)
	return end(appendTLVs(dst, p.TLVs), start)
}

// appendShortMessage appends sm_length and short_message.
func appendShortMessage(dst, text []byte) []byte {
	return append(append(dst, byte(len(text))), text...)
}
