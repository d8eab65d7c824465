package rules

import (
	"testing"

	"geogate/rules/numplan"
)

func TestRegionSet(t *testing.T) {
	t.Parallel()
	if n := numplan.NumRegions(); n > 255 {
		t.Fatalf("%d regions: regionSet has room for 255", n)
	}
	var s regionSet
	for _, r := range numplan.Regions() {
		if r%3 != 0 {
			s.add(r)
		}
	}
	for i, r := range s.all() {
		if r%3 == 0 || s.before(r) != i {
			t.Errorf("%d stands at %d", r, i)
		}
	}
	before := 0
	for _, r := range append([]numplan.Region{numplan.NoRegion}, numplan.Regions()...) {
		if s.has(r) != (r%3 != 0) || s.before(r) != before {
			t.Errorf("%d: has %t, %d before it, want %d", r, s.has(r), s.before(r), before)
		}
		if r%3 != 0 {
			before++
		}
	}
}
