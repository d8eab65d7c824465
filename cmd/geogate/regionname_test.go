package main

import (
	"testing"

	"geogate/rules/numplan"
)

func TestEveryRegionHasAName(t *testing.T) {
	t.Parallel()
	for _, region := range numplan.Regions() {
		if regionName(region.String()) == "" {
			t.Errorf("%s has no name", region)
		}
	}
	for code, want := range map[string]string{"FR": "FR (France)", "": "", "+33": "+33", "any": "any", "@near": "@near"} {
		if got := withName(code); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}
