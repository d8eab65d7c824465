package rules

import (
	"testing"

	"geogate/rules/numplan"
)

func TestRegionTable(t *testing.T) {
	t.Parallel()
	if n := numplan.NumRegions(); n > 255 {
		t.Fatalf("%d regions: regionTable has room for 255", n)
	}
	var list []entry
	for _, r := range numplan.Regions() {
		for i := range int(r) % 3 { // none, one, two
			list = append(list, entry{region: r, rank: uint16(i)})
		}
	}
	table := newRegionTable(list)
	for _, r := range append(numplan.Regions(), numplan.NoRegion) {
		got := table.at(r)
		if len(got) != int(r)%3 {
			t.Fatalf("%d entries of %s, want %d", len(got), r, int(r)%3)
		}
		for i, e := range got {
			if e.region != r || e.rank != uint16(i) {
				t.Errorf("entry %d of %s is %+v", i, r, e)
			}
		}
	}
}
