package main

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// regionName is the English name of a region by Unicode CLDR; "" for what is no region.
func regionName(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() {
		return ""
	}
	return display.English.Regions().Name(region)
}

// withName puts the name of a region behind its code: FR (France).
func withName(code string) string {
	if name := regionName(code); name != "" {
		return code + " (" + name + ")"
	}
	return code
}

// regionOf is the region that a match is about, whatever class or sender it is limited to.
func regionOf(match string) string {
	if end := strings.IndexAny(match, "/;"); end >= 0 {
		match = match[:end]
	}
	return match
}
