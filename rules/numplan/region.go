package numplan

import (
	"slices"
	"sync"

	"github.com/nyaruka/phonenumbers/v2"
)

// Region is a country or territory: an ISO 3166-1 alpha-2 code, or XK, AC and TA. It is a dense index from 1,
// fit for tables; 0 is no region. The order is that of the codes.
type Region uint16

// NoRegion is the region of numbers that belong to no country, +881 for instance.
const NoRegion Region = 0

// regions lists the codes that libphonenumber knows, sorted, from index 1 on.
var regions = sync.OnceValue(func() []string {
	list := []string{""}
	for code := range phonenumbers.GetSupportedRegions() {
		list = append(list, code)
	}
	slices.Sort(list)
	return list
})

// NumRegions is the highest Region.
func NumRegions() int { return len(regions()) - 1 }

// ParseRegion reads a code in capitals.
func ParseRegion(code string) (Region, bool) {
	i, ok := slices.BinarySearch(regions(), code)
	if !ok {
		return NoRegion, false
	}
	return Region(i), i > 0
}

// Regions lists all regions in the order of their codes.
func Regions() []Region {
	list := make([]Region, NumRegions())
	for i := range list {
		list[i] = Region(i + 1)
	}
	return list
}

// String is the code; empty for no region.
func (r Region) String() string {
	if list := regions(); int(r) < len(list) {
		return list[r]
	}
	return ""
}

// CallingCode is the region's country calling code; 0 for no region.
func (r Region) CallingCode() int { return phonenumbers.GetCountryCodeForRegion(r.String()) }
