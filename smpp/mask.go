package smpp

import "strconv"

// An address with this many digits or more holds a number. A shorter one is a short code or a name.
const numberDigits = 7

// The digits of a number that a log may show.
const shownFirst, shownLast = 5, 2

// masked returns TON/NPI/address, a number's digits hidden but for the first five and the last two.
func masked(a Address) string {
	return strconv.Itoa(int(a.TON)) + "/" + strconv.Itoa(int(a.NPI)) + "/" + readable(maskDigits(a.Addr))
}

// maskDigits counts digits wherever they stand, so that a separator or a letter between them uncovers
// nothing.
func maskDigits(addr []byte) []byte {
	digits := 0
	for _, b := range addr {
		if isDigit(b) {
			digits++
		}
	}
	if digits < numberDigits {
		return addr
	}
	out := append([]byte(nil), addr...)
	for i, seen := 0, 0; i < len(out); i++ {
		if !isDigit(out[i]) {
			continue
		}
		if seen >= shownFirst && seen < max(digits-shownLast, shownFirst+1) {
			out[i] = '*'
		}
		seen++
	}
	return out
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
