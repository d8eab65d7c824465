package rules

import "math/bits"

// gate tells most numbers at once that no rule on a prefix or on one number is about them: by as many of their first
// digits as all of those have. The zero value lets none through.
type gate struct {
	bits    [2]uint64 // by the hash of the first digits
	lengths uint16    // bit n: there are prefixes of n digits
	numbers bool      // there are numbers
	shift   uint8     // drops of eight digits those that do not count
	full    bool      // there are too many for bits: the ruleset's sieve tells. Here, so that others need not look for one
}

// few is how many prefixes and numbers the bits of a gate are for.
const few = 32

// sieve is a gate's bits where there are many prefixes and numbers: a power of two, sieveBits or more for each.
type sieve struct {
	bits []uint64
	drop uint8 // of a hash, so that the rest is a bit's number
}

// sieveBits lets one in 16 of other numbers pass, or fewer.
const sieveBits = 16

// newSieve is newGate's; nil where a gate's own bits are enough.
func newSieve(g *gate, list []Match) *sieve {
	if !g.full {
		return nil
	}
	log := bits.Len(uint(sieveBits*len(list) - 1))
	s := &sieve{bits: make([]uint64, 1<<log/64), drop: uint8(64 - log)}
	for _, m := range list {
		bit := g.hash(lead(m.Digits)) >> s.drop
		s.bits[bit>>6] |= 1 << (bit & 63)
	}
	return s
}

// opens reports whether a number of the hash may be one of the list or begin with one.
func (s *sieve) opens(hash uint64) bool {
	bit := hash >> (s.drop & 63)
	return s.bits[bit>>6]>>(bit&63)&1 == 1
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
	g.full = len(list) > few
	for _, m := range list {
		bit := g.hash(lead(m.Digits)) >> gateDrop
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

// gateDrop leaves of a hash a bit's number in a gate.
const gateDrop = 57

// mayConcern reports whether a number of this lead may be one that a rule is on, or begin with a prefix that one is on; a
// few others pass too.
func (s *ruleset) mayConcern(lead uint64) bool {
	hash := s.gate.hash(lead)
	if s.gate.full {
		return s.sieve.opens(hash)
	}
	bit := hash >> gateDrop
	return s.gate.bits[bit>>6]>>(bit&63)&1 == 1
}

// hash is of the digits that count; its highest bits are the best. The factor is that of the golden ratio.
func (g *gate) hash(lead uint64) uint64 { return lead << (g.shift & 63) * 0x9E3779B97F4A7C15 }
