package numplan

import "encoding/binary"

// Number is a destination as it was read. It is a plain value: copying one copies its digits.
type Number struct {
	Region Region
	Class  Class

	// Short says that the destination is a short code and no number of the plan: Digits are the code, String is
	// empty, and it has neither region nor class.
	Short bool

	// Respelled says that the number was read differently from how it is spelled: its digits differ from the
	// octets of the PDU, or its TON says something else. A message centre that is to route what was judged needs
	// the canonical form: Digits with TON 1 and NPI 1.
	Respelled bool

	n      uint8
	digits [16]byte // zeros behind the last; the last octet is always one
}

// Digits are the ASCII digits without a plus. They are part of n and change with it.
func (n *Number) Digits() []byte { return n.digits[:n.n] }

// Lead is the first eight digits, the first one in the lowest octet, and zeros behind the last.
func (n *Number) Lead() uint64 { return binary.LittleEndian.Uint64(n.digits[:8]) }

// Words are its digits in two words, eight in each, the first one in the lowest octet, and zeros behind the last.
func (n *Number) Words() (lead, rest uint64) {
	return n.Lead(), binary.LittleEndian.Uint64(n.digits[8:])
}

// String is the number as E.164 writes it, "+447400123456"; empty for a short code and for the zero value.
func (n *Number) String() string {
	if n.Short || n.n == 0 {
		return ""
	}
	return "+" + string(n.Digits())
}

// set takes digits, at most MaxDigits, into a number that has none yet.
func (n *Number) set(digits []byte) {
	if len(digits) >= 8 {
		n.setUsual(binary.LittleEndian.Uint64(digits), digits)
		return
	}
	n.n = uint8(copy(n.digits[:], digits))
}

// setUsual is set of eight digits or more, of which lead holds the first eight. They are put down as two words that do not
// overlap, so that what reads them again soon need not wait.
func (n *Number) setUsual(lead uint64, digits []byte) {
	n.n = uint8(len(digits))
	behind := binary.LittleEndian.Uint64(digits[len(digits)-8:]) >> (8 * (16 - uint(len(digits))))
	binary.LittleEndian.PutUint64(n.digits[:8], lead)
	binary.LittleEndian.PutUint64(n.digits[8:], behind)
}

// Problem is why a destination cannot be read as a number. The zero value is none.
type Problem uint8

// The problems.
const (
	OK               Problem = iota
	MalformedDest            // not digits, or not in any way a number
	NPIUnsupported           // the numbering plan indicator is not one of the accepted ones
	TONUnsupported           // the type of number has no international reading
	NoncanonicalDest         // the plan spells this number otherwise: a trunk digit was left in
)

// String is the problem as reasons spell it.
func (p Problem) String() string {
	switch p {
	case OK:
		return "ok"
	case NPIUnsupported:
		return "npi_unsupported"
	case TONUnsupported:
		return "ton_unsupported"
	case NoncanonicalDest:
		return "noncanonical_dest"
	}
	return "malformed_dest"
}
