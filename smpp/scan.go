package smpp

import (
	"encoding/binary"
	"math/bits"
)

// Submit is where the fields lie of a submit_sm that was read in one go: offsets in its frame.
type Submit struct {
	source int // source_addr_ton
	dest   int // dest_addr_ton
	class  int // esm_class
	length int // sm_length
}

// ScanSubmit reads f in one go, to its last octet, if it is a submit_sm: at a quarter of the cost of the decoder that is
// written field by field. It knows no errors: false is another PDU, one with a fault, or one so short that its end is too
// near, and Destinations.Read is to say which. What it takes, the decoder takes, and reads the same in it: FuzzScan holds
// the two together.
func ScanSubmit(f Frame) (s Submit, ok bool) {
	if len(f) < shortestSubmit || f.ID() != IDSubmitSM {
		return s, false
	}
	source := HeaderLen + 1 // most fields but the addresses are empty
	if f[HeaderLen] != 0 {
		source = endOf(f, HeaderLen, fieldServiceType.max) + 1
	}
	dest := endOf(f, source+2, fieldSource.max) + 1
	class := endOf(f, dest+2, fieldDest.max) + 1
	length := class + 9
	if length >= len(f) || class == dest+3 {
		return s, false
	}
	if f[class+3]|f[class+4] != 0 {
		times := endOf(f, class+3, fieldSchedule.max) + 1
		length = endOf(f, times, fieldValidity.max) + 5
	}
	if length >= len(f) || int(f[length]) > fieldShortMessage.max || !endWithTLV(f, length+1+int(f[length])) {
		return s, false
	}
	return Submit{source, dest, class, length}, true
}

// Dest returns the destination of f, of which s was made. addr aliases f.
func (s Submit) Dest(f Frame) (ton, npi byte, addr []byte) {
	b := f[s.dest : s.class-1]
	return b[0], b[1], b[2:]
}

// Take is Read of f, of which s was made.
func (d *Destinations) Take(f Frame, s Submit) {
	d.Source.set(f[s.source : s.dest-1])
	d.one(s.dest, s.class).set(f[s.dest : s.class-1])
	d.class, d.text = f[s.class], s.length+1
	d.tlvs = d.text + int(f[s.length])
}

// set takes in an address as it stands in a PDU, without its NUL.
func (a *Address) set(b []byte) {
	a.TON, a.NPI, a.Addr = b[0], b[1], b[2:len(b):len(b)]
}

// shortestSubmit is a submit_sm of one digit.
const shortestSubmit = HeaderLen + 18

// endOf returns the place of the NUL that ends the C-octet string at at, len(b) when there is none within max octets.
// Eight octets at a time: the end of a number cannot be foreseen, and a loop over octets pays for that.
func endOf(b []byte, at, max int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for end := at + max; at < end && at+8 <= len(b); at += 8 {
		x := binary.LittleEndian.Uint64(b[at : at+8])
		if nuls := (x - ones) &^ x & tops; nuls != 0 { // of the bits set the lowest is exact
			if at += bits.TrailingZeros64(nuls) / 8; at < end {
				return at
			}
			break
		}
	}
	return len(b)
}

// endWithTLV reports whether what follows at is TLVs, or nothing.
func endWithTLV(b []byte, at int) bool {
	for len(b)-at >= tlvHead {
		at += tlvHead + int(binary.BigEndian.Uint16(b[at+2:]))
	}
	return at == len(b)
}
