package rules

// gate tells most numbers at once that no rule on a prefix or on one number is about them: by as many of their first
// digits as all of those have. The zero value lets none through.
type gate struct {
	bits    [2]uint64 // by the hash of the first digits
	lengths uint16    // bit n: there are prefixes of n digits
	numbers bool      // there are numbers
	shift   uint8     // drops of eight digits those that do not count
}

// leadDigits is how many digits a gate looks at, at most.
const leadDigits = 8

// newGate lets through what begins as any of the list does.
func newGate(list []Match) (g gate) {
	count := leadDigits
	for _, m := range list {
		count = min(count, len(m.Digits))
		if m.Rung == RungNumber {
			g.numbers = true
		} else {
			g.lengths |= 1 << len(m.Digits)
		}
	}
	g.shift = uint8(8 * (leadDigits - count))
	for _, m := range list {
		bit := g.hash(lead(m.Digits))
		g.bits[bit>>6] |= 1 << (bit & 63)
	}
	return g
}

// lead are the first digits, the first one lowest, and zeros behind the last.
func lead(digits string) (first uint64) {
	for i := range min(len(digits), leadDigits) {
		first |= uint64(digits[i]) << (8 * i)
	}
	return first
}

// opens reports whether a number of this lead may be one of the list or begin with one; a few others pass too.
func (g *gate) opens(lead uint64) bool {
	bit := g.hash(lead)
	return g.bits[bit>>6]>>(bit&63)&1 == 1
}

// hash is below 128. The factor is that of the golden ratio.
func (g *gate) hash(lead uint64) uint64 { return lead << (g.shift & 63) * 0x9E3779B97F4A7C15 >> 57 }
