package rules

import (
	"math/bits"
	"math/rand/v2"

	"geogate/rules/numplan"
)

// place is where an entry is looked for: a region, with NoRegion for rules on every number, or packed digits.
type place uint64

// What packed digits are, in the bits above them. Regions sort before.
const (
	prefixPlace place = (iota + 1) << 60
	numberPlace
	shortPlace
)

// placeOf is where a match is looked for.
func placeOf(m Match) place {
	switch {
	case m.Rung == RungAny || m.Rung == RungRegion:
		return place(m.Region)
	case m.Short:
		return shortPlace | pack(m.Digits)
	case m.Rung == RungNumber:
		return numberPlace | pack(m.Digits)
	}
	return prefixPlace | pack(m.Digits)
}

// regional reports whether it is a region's, or that of rules on every number.
func (p place) regional() bool { return p < prefixPlace }

// pack turns at most 15 digits into a number that is theirs alone: the leading 1 keeps zeros in front apart.
func pack[T string | []byte](digits T) place {
	packed := place(1)
	for i := range len(digits) {
		packed = packed*10 + place(digits[i]-'0')
	}
	return packed
}

// packFirst packs the first digits of a number, as many as n, which has them.
func packFirst(number *numplan.Number, n int) place {
	lead, rest := number.Words()
	if n <= 8 {
		return tens[n] + eightDigits(lead<<(64-8*n))
	}
	return tens[n] + eightDigits(lead)*tens[n-8] + eightDigits(rest<<(128-8*n))
}

// eightDigits is the value of eight digits, the first one in the lowest octet. Only the lower half of an octet counts, so
// zeros in front may be no digits at all.
func eightDigits(word uint64) place {
	word &= 0x0f0f0f0f0f0f0f0f
	word = (word*10 + word>>8) & 0x00ff00ff00ff00ff
	word = (word*100 + word>>16) & 0x0000ffff0000ffff
	return place((word*10000 + word>>32) & 0xffffffff)
}

// tens are the powers of ten.
var tens = func() (t [numplan.MaxDigits + 1]place) {
	t[0] = 1
	for i := range numplan.MaxDigits {
		t[i+1] = t[i] * 10
	}
	return t
}()

// placeTable finds the entries of places of digits: one look into memory, whatever its size. It is a hash table with open
// addressing, at most half full.
type placeTable []struct {
	place place // 0: nothing is here
	entry uint32
}

// newPlaceTable has room for n places.
func newPlaceTable(n int) placeTable {
	if n == 0 {
		return nil
	}
	return make(placeTable, 1<<bits.Len(uint(2*n-1)))
}

// put adds a place that is not there yet.
func (t placeTable) put(p place, entry int) {
	i := t.find(p)
	t[i].place, t[i].entry = p, uint32(entry)
}

// at returns the entry of a place; false where it has none.
func (t placeTable) at(p place) (entry int, ok bool) {
	if len(t) == 0 {
		return 0, false
	}
	slot := &t[t.find(p)]
	return int(slot.entry), slot.place == p
}

// find returns where the place is, or where it would be.
func (t placeTable) find(p place) int {
	last := len(t) - 1
	i := int(spread(p)) & last
	for t[i].place != p && t[i].place != 0 {
		i = (i + 1) & last
	}
	return i
}

// placeSeed makes it different in each process which places come to lie beside each other: no one can aim at it.
var placeSeed = rand.Uint64()

func spread(p place) uint64 {
	high, low := bits.Mul64(uint64(p)^placeSeed, 0x9E3779B97F4A7C15)
	return high ^ low
}
