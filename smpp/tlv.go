package smpp

import (
	"encoding/binary"
	"strconv"
)

// TLV is one optional parameter (SMPP 3.4 s.3.2.4, s.5.3). Its length in the PDU is len(Value), 0 to 65535.
type TLV struct {
	Tag   Tag
	Value []byte // aliases the frame
}

// tlvHead is the size of a TLV's tag and length.
const tlvHead = 4

// FindTLV returns the value of the first TLV with the tag.
func FindTLV(tlvs []TLV, tag Tag) (value []byte, ok bool) {
	for i := range tlvs {
		if tlvs[i].Tag == tag {
			return tlvs[i].Value, true
		}
	}
	return nil, false
}

// AppendTLV appends one TLV. The value has at most 65535 octets.
func AppendTLV(dst []byte, tag Tag, value []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(tag))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(value)))
	return append(dst, value...)
}

func appendTLVs(dst []byte, tlvs []TLV) []byte {
	for i := range tlvs {
		dst = AppendTLV(dst, tlvs[i].Tag, tlvs[i].Value)
	}
	return dst
}

// tlvs reads all that is left as TLVs and appends them to list, in the order of the PDU, duplicates included.
func (r *reader) tlvs(list []TLV) []TLV {
	for r.at < len(r.buf) {
		tag, value := r.tlv()
		if r.failed() {
			return list[:0]
		}
		list = append(list, TLV{Tag: tag, Value: value})
	}
	return list
}

// skipTLVs checks all that is left as TLVs.
func (r *reader) skipTLVs() {
	for r.at < len(r.buf) {
		r.tlv()
	}
}

// tlv reads one TLV. A length that passes the end of the PDU, or stray octets behind the last TLV, would be
// read differently by different receivers (SMPP 3.4 s.5.1.3, ESME_RINVOPTPARSTREAM).
func (r *reader) tlv() (Tag, []byte) {
	left := r.buf[r.at:]
	if len(left) < tlvHead {
		r.refuse(&fieldTLV, strconv.Itoa(len(left))+" stray octets behind the last one")
		return 0, nil
	}
	n := int(binary.BigEndian.Uint16(left[2:]))
	if n > len(left)-tlvHead {
		r.refuse(&fieldTLV, strconv.Itoa(n)+" octets announced, "+strconv.Itoa(len(left)-tlvHead)+" left")
		return 0, nil
	}
	r.at += tlvHead + n
	return Tag(binary.BigEndian.Uint16(left)), left[tlvHead : tlvHead+n : tlvHead+n]
}
