package numplan

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Reading is how the digits of a type of number are taken.
type Reading uint8

// The readings. Which of them a setting allows, and which is the default, DialSettings says.
const (
	ReadDefault Reading = iota
	ReadInternational
	ReadNational
	ReadLenient // as TON 0
	ReadReject
	ReadRewrite // a number that the plan spells otherwise becomes the one that it means
)

// String is the reading as settings spell it.
func (r Reading) String() string {
	return [...]string{"default", "international", "national", "lenient", "reject", "rewrite"}[r]
}

// DialSettings are the dialling habits of an account. The zero value is the default of every one of them.
type DialSettings struct {
	Region       Region   // whose habits read national numbers; NoRegion: nobody's, and national numbers are malformed
	TON0         Reading  // ReadInternational (default) or ReadNational
	TON2         Reading  // ReadNational (default), ReadInternational or ReadReject
	TON5         Reading  // ReadLenient (default) or ReadReject
	Noncanonical Reading  // ReadReject (default) or ReadRewrite
	NPIs         []byte   // accepted numbering plan indicators; nil: 0, 1, 8 and 9
	IDD          []string // international prefixes; nil: those of Region, and 00
}

// Dial reads destinations by one account's habits. It is immutable and safe for all. What most destinations need comes
// first.
type Dial struct {
	plan   *Plan
	npis   [4]uint64 // a bit for each that is accepted
	abroad uint32    // bit n: international prefixes begin with digit n; bit 0 always

	ton0, ton2, ton5, noncanonical Reading
	habits
}

// Types of number (SMPP 3.4 s.5.2.5).
const (
	tonUnknown = iota
	tonInternational
	tonNational
	tonNetwork
	tonSubscriber
	tonAlphanumeric
	tonAbbreviated
)

// defaultNPIs are unknown, E.164, national and private (SMPP 3.4 s.5.2.6). 6 is an IMSI and never a number.
var defaultNPIs = []byte{0, 1, 8, 9}

// NewDial compiles settings. It fails on an international prefix that is not digits.
func (p *Plan) NewDial(s DialSettings) (*Dial, error) {
	d := &Dial{
		plan: p, habits: p.habits[s.Region], abroad: 1,
		ton0: s.TON0, ton2: s.TON2, ton5: s.TON5, noncanonical: s.Noncanonical,
	}
	npis := s.NPIs
	if npis == nil {
		npis = defaultNPIs
	}
	for _, npi := range npis {
		d.npis[npi>>6] |= 1 << (npi & 63)
	}
	if s.IDD != nil {
		d.idd = byLength(s.IDD)
	}
	for _, prefix := range d.idd {
		if !isDigits([]byte(prefix)) || prefix == "" {
			return nil, fmt.Errorf("international prefix %q: only digits", prefix)
		}
		d.abroad |= 1 << (prefix[0] - '0')
	}
	return d, nil
}

// Read reads a destination as it stands in a PDU into n. Unless the answer is OK, n holds nothing. It
// allocates nothing and keeps nothing of addr.
func (d *Dial) Read(ton, npi byte, addr []byte, n *Number) Problem {
	*n = Number{}
	if place, lead, ok := d.Place(ton, npi, addr); ok { // nearly all there is
		n.setUsual(lead, addr)
		n.Region, n.Class = place.Region, place.Class
		return OK
	}
	switch {
	case !d.accepts(npi):
		return NPIUnsupported
	case ton == tonNetwork || ton == tonAbbreviated:
		return readShort(addr, n, false)
	case ton == tonSubscriber || ton > tonAbbreviated:
		return TONUnsupported
	case ton == tonAlphanumeric && d.ton5 == ReadReject:
		return TONUnsupported
	}
	if len(addr) > 0 && addr[0] == '+' {
		return d.plus(addr[1:], n)
	}
	digits := addr
	if len(digits) == 0 || !isDigits(digits) {
		return MalformedDest
	}
	switch {
	case ton == tonNational && d.ton2 == ReadReject:
		return TONUnsupported
	case ton == tonNational && d.ton2 != ReadInternational:
		return d.national(digits, n)
	case ton == tonInternational || ton == tonNational:
		return d.prefixed(digits, n, ton != tonInternational)
	}
	return d.unknown(digits, n, ton != tonUnknown)
}

// plus reads what stands behind a plus, which makes it international.
func (d *Dial) plus(digits []byte, n *Number) Problem {
	if len(digits) == 0 || !isDigits(digits) || digits[0] == '0' {
		return MalformedDest
	}
	return d.take(digits, d.plan.find(digits), n, true)
}

// unknown reads digits that do not say what they are.
func (d *Dial) unknown(digits []byte, n *Number, respelled bool) Problem {
	if d.mayBeAbroad(digits[0]) {
		if rest, ok := d.cutIDD(digits); ok {
			return d.take(rest, d.plan.find(rest), n, true)
		}
	}
	if digits[0] == '0' && d.dialsZero(digits) || d.ton0 == ReadNational {
		return d.national(digits, n)
	}
	return d.take(digits, d.plan.find(digits), n, respelled)
}

// dialsZero reports whether the leading 0 of digits is one that is dialled within the region.
func (d *Dial) dialsZero(digits []byte) bool {
	return d.zeros || len(digits) <= maxDialled && d.plan.walk(d.prefix, digits, 0).respell.on
}

// prefixed reads digits that are said to be international, with an international prefix in front or without.
func (d *Dial) prefixed(digits []byte, n *Number, respelled bool) Problem {
	if d.mayBeAbroad(digits[0]) {
		if rest, ok := d.cutIDD(digits); ok {
			return d.take(rest, d.plan.find(rest), n, true)
		}
	}
	if digits[0] == '0' {
		return MalformedDest
	}
	return d.take(digits, d.plan.find(digits), n, respelled)
}

// mayBeAbroad reports whether an international prefix begins with the first one of digits.
func (d *Dial) mayBeAbroad(first byte) bool { return d.abroad>>(first&15)&1 == 1 }

// cutIDD takes an international prefix away. Where several fit, a number decides: SG dials 0 0-3 and any
// digit, and 0044... is +44 all the same. One that does not start with 0 might as well be the start of a
// number (FI once dialled 994, which is Azerbaijan): it is a prefix only where that makes a number of what is
// none.
func (d *Dial) cutIDD(digits []byte) ([]byte, bool) {
	var first []byte
	for _, prefix := range d.idd {
		rest, ok := bytes.CutPrefix(digits, []byte(prefix))
		if !ok {
			continue
		}
		if d.plan.assigned(rest) {
			if prefix[0] == '0' || !d.plan.assigned(digits) {
				return rest, true
			}
		} else if first == nil && prefix[0] == '0' {
			first = rest
		}
	}
	return first, first != nil
}

// take reads digits of which the plan's answer is known.
func (d *Dial) take(digits []byte, known *outcome, n *Number, respelled bool) Problem {
	switch {
	case len(digits) < MinDigits:
		return readShort(digits, n, respelled)
	case digits[0] == '0' || len(digits) > MaxDigits:
		return MalformedDest
	}
	if known.respell.on {
		if d.noncanonical != ReadRewrite {
			return NoncanonicalDest
		}
		return d.respell(digits, known, n)
	}
	n.set(digits)
	n.Region, n.Class, n.Respelled = known.info.Region, known.info.Class, respelled
	return OK
}

// Place is the place in the plan of a destination that is an international number and spelled as one, and its Lead. False:
// Read is to tell. Digits are told by the word that they are in: octets are loaded one by one where one of them is asked
// for too.
func (d *Dial) Place(ton, npi byte, addr []byte) (place Info, lead uint64, ok bool) {
	if ton != tonInternational || !usual(addr) || !d.accepts(npi) {
		return place, 0, false
	}
	lead = binary.LittleEndian.Uint64(addr)
	if d.mayBeAbroad(byte(lead)) {
		return place, 0, false
	}
	known := d.plan.walk(d.plan.third[threeOf(lead)], addr, 3)
	return known.info, lead, !known.respell.on
}

func (d *Dial) accepts(npi byte) bool { return d.npis[npi>>6]>>(npi&63)&1 == 1 }

// respell reads digits as the number that the plan makes of them.
func (d *Dial) respell(digits []byte, known *outcome, n *Number) Problem {
	var buf full
	code := d.plan.codeLen(digits)
	meant := known.respell.apply(&buf, string(digits[:code]), digits[code:])
	if len(meant) < MinDigits || len(meant) > MaxDigits {
		return MalformedDest
	}
	if d.plan.find(meant).respell.on {
		return NoncanonicalDest // one trunk digit was not all: what the plan makes of it depends on who asks
	}
	n.set(meant)
	n.Region, n.Class, n.Respelled = known.info.Region, known.info.Class, true
	return OK
}

// readShort takes a short code.
func readShort(digits []byte, n *Number, respelled bool) Problem {
	if len(digits) == 0 || len(digits) > MaxDigits || !isDigits(digits) {
		return MalformedDest
	}
	n.set(digits)
	n.Short, n.Respelled = true, respelled
	return OK
}

// usual reports whether b is 8 to 15 ASCII digits, which are looked at eight octets at a time.
func usual(b []byte) bool {
	n := len(b)
	return n >= 8 && n <= MaxDigits && eightDigits(binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[n-8:n]))
}

// isDigits reports whether b is ASCII digits, or empty.
func isDigits(b []byte) bool {
	if usual(b) {
		return true
	}
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// eightDigits reports whether all octets of both words are digits.
func eightDigits(a, b uint64) bool {
	const zeros, tops, toTop = 0x3030303030303030, 0x8080808080808080, 0x7676767676767676
	a, b = a^zeros, b^zeros                    // octets of 0 to 9 where there are digits
	return (a|(a+toTop)|b|(b+toTop))&tops == 0 // a carry into the next octet comes from one that shows itself
}
