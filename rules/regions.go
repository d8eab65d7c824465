package rules

import (
	"cmp"
	"math/bits"
	"slices"

	"geogate/rules/numplan"
)

// regionTable holds entries by region: a bit for each region that has any, and the lists of those, in order.
// A table of all regions would answer as fast, and take 6 KB for every account.
type regionTable struct {
	has   [4]uint64 // the 256 regions that this has room for are more than the plan has; a test holds it to that
	lists [][]entry
}

// newRegionTable sorts entries by their region.
func newRegionTable(list []entry) regionTable {
	var t regionTable
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b entry) int { return cmp.Compare(a.region, b.region) })
	for len(list) > 0 {
		region, n := list[0].region, 1
		for n < len(list) && list[n].region == region {
			n++
		}
		t.has[region>>6] |= 1 << (region & 63)
		t.lists = append(t.lists, list[:n:n])
		list = list[n:]
	}
	t.lists = slices.Clip(t.lists)
	return t
}

// at returns the entries of a region; NoRegion has none.
func (t *regionTable) at(r numplan.Region) []entry {
	word, bit := r>>6&3, uint64(1)<<(r&63)
	if t.has[word]&bit == 0 {
		return nil
	}
	before := bits.OnesCount64(t.has[word] & (bit - 1))
	for _, w := range t.has[:word] {
		before += bits.OnesCount64(w)
	}
	return t.lists[before]
}
