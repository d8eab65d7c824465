// Package numplan is the numbering plan (ITU-T E.164): it reads a destination the way it was dialled, and
// says which region and which class of service a number belongs to.
//
// The answers are those of libphonenumber, whose metadata is compiled into one automaton over the digits,
// with the corrections for calling codes that belong to no country. A lookup costs a table access for each
// digit until the number's range is known, and no allocation.
package numplan

import (
	"sync"
	"unsafe"
)

// Lengths of an E.164 number, in digits and without the plus.
const (
	MinDigits = 7 // fewer is a short code
	MaxDigits = 15
)

// Info is the place of a number in the plan.
type Info struct {
	Region Region // NoRegion: the number is of no country, or of none that is known
	Class  Class
}

// Plan is the compiled numbering plan. It is immutable and safe for all.
type Plan struct {
	table    []uint16 // stride entries a state: where each digit leads, then the outcome
	root     uint16
	rows     uint16 // states in table; those from here on are chains
	chains   []chain
	outcomes []outcome
	codes    [threes]uint8  // length of the calling code, by the first three digits
	third    [threes]uint16 // state behind the first three digits
	habits   []habits       // by region
}

const (
	stride    = 16 // 11 are used; a power of two is a shift, and no state straddles cache lines
	outcomeAt = 10
)

// Default is the plan of the metadata that the library carries, compiled at the first call. It panics when
// the metadata cannot be compiled, which a test of this package rules out for the version in go.mod.
var Default = sync.OnceValue(func() *Plan {
	p, err := Compile()
	if err != nil {
		panic("numplan: " + err.Error())
	}
	return p
})

// plan lays the automaton out as one table.
func (b *builder) plan(root uint16) *Plan {
	p := &Plan{
		table: make([]uint16, len(b.rows)*stride), rows: uint16(len(b.rows)), root: root,
		chains: b.chains, outcomes: b.outcomes,
	}
	for i, n := range b.rows {
		copy(p.table[i*stride:], n.next[:])
		p.table[i*stride+outcomeAt] = n.outcome
	}
	return p
}

// Size returns the number of states and the octets that the tables take.
func (p *Plan) Size() (states, octets int) {
	octets = 2*len(p.table) + int(unsafe.Sizeof(chain{}))*len(p.chains) + int(unsafe.Sizeof(outcome{}))*len(p.outcomes)
	return int(p.rows) + len(p.chains), octets
}

// Lookup returns the place of an international number, given as 7 to 15 ASCII digits without the plus.
// Anything else has no place.
func (p *Plan) Lookup(digits []byte) Info {
	if !isDigits(digits) {
		return Info{}
	}
	return p.find(digits).info
}

// find is walk from the root, but for a number that is too long. The first three steps are one.
func (p *Plan) find(digits []byte) *outcome {
	switch {
	case len(digits) > MaxDigits:
		return &p.outcomes[0]
	case len(digits) < 3:
		return p.walk(p.root, digits, 0)
	}
	return p.walk(p.third[three(digits)], digits, 3)
}

// threes bounds what three returns.
const threes = 1 << 12

// three makes an index of the first three ASCII digits, four bits of each.
func three[T string | []byte](digits T) int {
	return int(digits[0]&15)<<8 | int(digits[1]&15)<<4 | int(digits[2]&15)
}

// threeOf is three of a word, the first digit in the lowest octet.
func threeOf(lead uint64) int { return int(lead&15<<8 | lead>>8&15<<4 | lead>>16&15) }

// walk follows ASCII digits, at most maxDialled behind the first at, from the state that those lead to. Each step waits for the one before it, so it
// saves half of them to stop where the rest of a number does not matter any more.
func (p *Plan) walk(from uint16, digits []byte, at int) *outcome {
	state := uint(from)
	for ; at < len(digits); at++ {
		if state >= uint(p.rows) {
			return &p.outcomes[p.chains[state-uint(p.rows)].outcomes[len(digits)-at]]
		}
		state = uint(p.table[state*stride+uint(digits[at]-'0')])
	}
	return p.end(uint16(state))
}

// end is the outcome of a number that ends in a state.
func (p *Plan) end(state uint16) *outcome {
	if state >= p.rows {
		return &p.outcomes[p.chains[state-p.rows].outcomes[0]]
	}
	return &p.outcomes[p.table[uint(state)*stride+outcomeAt]]
}

// step is where a digit leads from a state.
func (p *Plan) step(state uint16, digit byte) uint16 {
	if state >= p.rows {
		return p.chains[state-p.rows].next
	}
	return p.table[uint(state)*stride+uint(digit-'0')]
}

// assigned reports whether digits are a number of a known type, spelled as the plan spells it.
func (p *Plan) assigned(digits []byte) bool { return p.find(digits).assigned() }

// codeLen is the length of the calling code that digits begin with; 0 when there is none.
func (p *Plan) codeLen(digits []byte) int {
	return int(p.codes[three(digits)])
}

// startsWithZero reports whether numbers behind a calling code may begin with 0, as they do in Italy.
func (p *Plan) startsWithZero(code string) bool {
	starts := false
	p.reach(code+"0", func(Info) { starts = true })
	return starts
}

// IsCode reports whether a prefix, digits without the plus, is no longer than a calling code: a calling code
// itself, or the first digits that several share. What is longer is a range of numbers.
func (p *Plan) IsCode(prefix string) bool {
	for n := 1; n < len(prefix) && n <= maxCallingCode; n++ {
		if p.isCallingCode(prefix[:n]) {
			return false
		}
	}
	return len(prefix) <= maxCallingCode
}

func (p *Plan) isCallingCode(digits string) bool {
	padded := (digits + "00")[:maxCallingCode]
	return p.codeLen([]byte(padded)) == len(digits)
}
