package rules

import (
	"strings"

	"geogate/rules/numplan"
)

// dialTable lets accounts of the same dialling habits share one Dial: it takes less memory, and lies in the caches.
type dialTable map[dialKey]*numplan.Dial

// dialKey is DialSettings in a form that can be compared.
type dialKey struct {
	region                         numplan.Region
	ton0, ton2, ton5, noncanonical numplan.Reading
	npis, idd                      string // no list and an empty one are not told apart: none that was read is empty
}

// manyDials are enough to forget which there are: accounts keep theirs, and later ones share anew.
const manyDials = 4096

// shared returns the first Dial of equal settings; this one if there is none.
func (t dialTable) shared(s *numplan.DialSettings, dial *numplan.Dial) *numplan.Dial {
	key := dialKey{s.Region, s.TON0, s.TON2, s.TON5, s.Noncanonical, string(s.NPIs), strings.Join(s.IDD, ",")}
	if known, ok := t[key]; ok {
		return known
	}
	if len(t) == manyDials {
		clear(t)
	}
	t[key] = dial
	return dial
}
