package rules

import (
	"iter"
	"math/bits"

	"geogate/rules/numplan"
)

// regionSet is a set of regions: a bit for each. The 256 that it has room for are more than the plan has; a test holds
// it to that.
type regionSet [4]uint64

func (s *regionSet) add(r numplan.Region) { s[r>>6] |= 1 << (r & 63) }

func (s *regionSet) has(r numplan.Region) bool { return s[r>>6&3]>>(r&63)&1 == 1 }

// before counts the regions of the set that stand before r.
func (s *regionSet) before(r numplan.Region) int {
	word := r >> 6 & 3
	n := bits.OnesCount64(s[word] & (1<<(r&63) - 1))
	for _, w := range s[:word] {
		n += bits.OnesCount64(w)
	}
	return n
}

// all are the regions in their order, each behind the number of those before it.
func (s *regionSet) all() iter.Seq2[int, numplan.Region] {
	return func(yield func(int, numplan.Region) bool) {
		n := 0
		for i, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(n, numplan.Region(64*i+bits.TrailingZeros64(word))) {
					return
				}
				n++
			}
		}
	}
}
