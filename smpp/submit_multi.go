package smpp

import "strconv"

// SubmitMulti is submit_multi: one message to up to 254 destinations (SMPP 3.4 s.4.5.1).
type SubmitMulti struct {
	ServiceType          []byte
	Source               Address // source_addr_ton, source_addr_npi, source_addr
	Dests                []Destination
	ESMClass             byte
	ProtocolID           byte
	PriorityFlag         byte
	ScheduleDeliveryTime []byte
	ValidityPeriod       []byte
	RegisteredDelivery   byte
	ReplaceIfPresentFlag byte // reserved in 3.4
	DataCoding           byte
	SMDefaultMsgID       byte
	ShortMessage         []byte // at most 254 octets
	TLVs                 []TLV
}

// dest_flag (SMPP 3.4 s.5.2.25).
const (
	destFlagSME  = 1 // an SME address
	destFlagList = 2 // the name of a distribution list
)

// maxDests is the largest number_of_dests (SMPP 3.4 s.5.2.24).
const maxDests = 254

// Decode reads f into p; p's slices alias f. The error is a *FieldError.
func (p *SubmitMulti) Decode(f Frame) error {
	r := readAs(f, IDSubmitMulti)
	p.read(&r)
	p.TLVs = r.tlvs(p.TLVs[:0])
	return r.err()
}

// Append appends the PDU with the sequence number of h; number_of_dests is len(p.Dests).
func (p *SubmitMulti) Append(dst []byte, h Header) []byte {
	start := len(dst)
	dst = begin(dst, IDSubmitMulti, h)
	dst = appendCString(dst, p.ServiceType)
	dst = appendAddress(dst, p.Source)
	dst = append(dst, byte(len(p.Dests)))
	for i := range p.Dests {
		dst = appendDestination(dst, &p.Dests[i])
	}
	dst = append(dst, p.ESMClass, p.ProtocolID, p.PriorityFlag)
	dst = appendCString(dst, p.ScheduleDeliveryTime)
	dst = appendCString(dst, p.ValidityPeriod)
	dst = append(dst, p.RegisteredDelivery, p.ReplaceIfPresentFlag, p.DataCoding, p.SMDefaultMsgID)
	dst = appendShortMessage(dst, p.ShortMessage)
	return end(appendTLVs(dst, p.TLVs), start)
}

func appendDestination(dst []byte, d *Destination) []byte {
	if d.DistributionList {
		return appendCString(append(dst, destFlagList), d.Addr)
	}
	return appendAddress(append(dst, destFlagSME), d.Address)
}

// read reads the mandatory parameters and returns the place of number_of_dests. The list is read into
// p.Dests' memory.
func (p *SubmitMulti) read(r *reader) (count int) {
	p.ServiceType = r.cstring(&fieldServiceType)
	p.Source = r.source()
	count = r.at
	p.Dests = r.destinations(p.Dests[:0])
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
	return count
}

// destinations reads number_of_dests and the entries it counts.
func (r *reader) destinations(list []Destination) []Destination {
	at := r.at
	n := int(r.octet(&fieldNumberOfDests))
	if n == 0 || n > maxDests {
		r.badCount(at, strconv.Itoa(n)+" is not 1 to 254")
		return list
	}
	for i := 0; i < n; i++ {
		if r.at == len(r.buf) {
			r.badCount(at, strconv.Itoa(n)+" counted, "+strconv.Itoa(i)+" there")
			return list
		}
		list = append(list, r.listed())
	}
	if !r.failed() && r.listGoesOn() {
		r.badCount(at, strconv.Itoa(n)+" counted, more there")
	}
	return list
}

// badCount refuses number_of_dests, which stands at at.
func (r *reader) badCount(at int, problem string) {
	r.at = at
	r.refuse(&fieldNumberOfDests, problem)
}

// listed reads one entry of a submit_multi.
func (r *reader) listed() Destination {
	d := Destination{start: r.at}
	switch flag := r.octet(&fieldDestFlag); flag {
	case destFlagSME:
		d.Address = r.destination(&fieldDest)
	case destFlagList:
		d.DistributionList = true
		d.Addr = r.listName()
	default:
		r.at--
		r.refuse(&fieldDestFlag, strconv.Itoa(int(flag))+" is neither 1 nor 2")
	}
	d.end = r.at
	return d
}

func (r *reader) listName() []byte {
	at := r.at
	name := r.cstring(&fieldDLName)
	if len(name) == 0 {
		r.empty(&fieldDLName, at)
	}
	return name
}

// listGoesOn reports whether an entry that nobody counted stands where esm_class is expected. Such a PDU can
// be read as whole: its rest shifts into the other fields and a TLV. It shows in fields that no message has:
// a schedule_delivery_time of digits only, though a time ends in +, - or R (SMPP 3.4 s.7.1.1), or, for a
// list's name, a protocol_id and a priority_flag that are letters.
func (r *reader) listGoesOn() bool {
	const flagTONNPI, flagOnly = 3, 1
	rest := r.buf[r.at:]
	switch {
	case len(rest) < flagTONNPI:
		return false
	case rest[0] == destFlagSME:
		return spelled(rest[flagTONNPI:], fieldDest.max, isDigit) > 0
	case rest[0] == destFlagList:
		return spelled(rest[flagOnly:], fieldDLName.max, isPrintable) > 1
	}
	return false
}

// spelled returns the length of the C-octet string at the start of b; -1 when it does not end within max, or
// holds an octet that is not of the kind.
func spelled(b []byte, max int, kind func(byte) bool) int {
	for i, octet := range b[:min(max, len(b))] {
		if octet == 0 {
			return i
		}
		if !kind(octet) {
			return -1
		}
	}
	return -1
}

func isPrintable(b byte) bool { return ' ' <= b && b <= '~' }
