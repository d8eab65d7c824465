// Package numplan is the numbering plan (ITU-T E.164): it reads a destination the way it was dialled, and
// says which region and which class of service a number belongs to.
//
// The answers are those of libphonenumber, whose metadata is compiled into one automaton over the digits,
// with the corrections for calling codes that belong to no country. A lookup costs a table access a digit and
// no allocation.
package numplan

import "sync"

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
	outcomes []outcome
	codes    [10][10][10]uint8 // length of the calling code by the first three digits
	habits   []habits          // by region
}

const (
	stride    = 12 // 11 are used; a multiple of four keeps a state within a cache line more often
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
	p := &Plan{table: make([]uint16, len(b.nodes)*stride), root: root, outcomes: b.outcomes}
	for i, n := range b.nodes {
		copy(p.table[i*stride:], n.next[:])
		p.table[i*stride+outcomeAt] = n.outcome
	}
	return p
}

// Size returns the number of states and the octets that the tables take.
func (p *Plan) Size() (states, octets int) {
	return len(p.table) / stride, 2*len(p.table) + 32*len(p.outcomes)
}

// Lookup returns the place of an international number, given as 7 to 15 ASCII digits without the plus.
// Anything else has no place.
func (p *Plan) Lookup(digits []byte) Info { return p.find(digits).info }

func (p *Plan) find(digits []byte) *outcome {
	if len(digits) > MaxDigits {
		return &p.outcomes[0]
	}
	return p.walk(p.root, digits)
}

// walk follows digits from a state on.
func (p *Plan) walk(from uint16, digits []byte) *outcome {
	state := uint(from)
	for _, c := range digits {
		d := uint(c - '0')
		if d > 9 {
			return &p.outcomes[0]
		}
		state = uint(p.table[state*stride+d])
	}
	return &p.outcomes[p.table[state*stride+outcomeAt]]
}

// assigned reports whether digits are a number of a known type, spelled as the plan spells it.
func (p *Plan) assigned(digits []byte) bool { return p.find(digits).assigned() }

// codeLen is the length of the calling code that digits begin with; 0 when there is none.
func (p *Plan) codeLen(digits []byte) int {
	return int(p.codes[digits[0]-'0'][digits[1]-'0'][digits[2]-'0'])
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
