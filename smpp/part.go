package smpp

import "encoding/binary"

// Part is the place of one message within a long one. Total is at least 2, Number from 1 to Total; the zero Part
// is of a message that stands alone.
type Part struct {
	Ref           uint16 // what the parts have in common, to one destination
	Total, Number uint8
}

// Information elements of a user data header that say which part this is (3GPP TS 23.040 s.9.2.3.24.1 and
// 9.2.3.24.8).
const (
	concatRef8  = 0x00
	concatRef16 = 0x08
)

// udhIndicator is the bit of esm_class that says that the text begins with a user data header (SMPP 3.4
// s.5.2.12).
const udhIndicator = 0x40

// Part returns which part of a long message f is, the PDU that was read last, without error: by the user data header
// of its text, or by the sar_ TLVs (SMPP 3.4 s.5.3.2.22 to 24). What does not say so in an orderly way stands
// alone.
func (d *Destinations) Part(f Frame) Part {
	sar, payload := partTLVs(f[d.tlvs:])
	text := f[d.text:d.tlvs]
	if len(text) == 0 {
		text = payload
	}
	if d.class&udhIndicator != 0 {
		if part := headerPart(text); part.Total > 0 {
			return part
		}
	}
	return sar.orderly()
}

// partTLVs reads the sar_ TLVs and message_payload.
func partTLVs(tlvs []byte) (sar Part, payload []byte) {
	for r := (reader{buf: tlvs}); r.at < len(r.buf); {
		tag, value := r.tlv()
		switch {
		case tag == TagSARMsgRefNum && len(value) == 2:
			sar.Ref = binary.BigEndian.Uint16(value)
		case tag == TagSARTotalSegments && len(value) == 1:
			sar.Total = value[0]
		case tag == TagSARSegmentSeqnum && len(value) == 1:
			sar.Number = value[0]
		case tag == TagMessagePayload:
			payload = value
		}
	}
	return sar, payload
}

// headerPart reads the concatenation element of the user data header that text begins with.
func headerPart(text []byte) Part {
	if len(text) == 0 || int(text[0]) > len(text)-1 {
		return Part{}
	}
	for ies := text[1 : 1+int(text[0])]; len(ies) >= 2 && int(ies[1]) <= len(ies)-2; ies = ies[2+int(ies[1]):] {
		switch data := ies[2 : 2+int(ies[1])]; {
		case ies[0] == concatRef8 && len(data) == 3:
			return Part{uint16(data[0]), data[1], data[2]}.orderly()
		case ies[0] == concatRef16 && len(data) == 4:
			return Part{binary.BigEndian.Uint16(data), data[2], data[3]}.orderly()
		}
	}
	return Part{}
}

// orderly returns the part if it can be one, and otherwise the zero Part.
func (p Part) orderly() Part {
	if p.Total < 2 || p.Number < 1 || p.Number > p.Total {
		return Part{}
	}
	return p
}
