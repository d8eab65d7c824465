package proposal

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers/v2"

	"geogate/rules"
	"geogate/rules/numplan"
)

// sample is a number that stands for many.
type sample struct {
	label    string // of the many: "FR", "+881", "+4479"
	region   string
	class    numplan.Class
	ton, npi byte
	digits   []byte
	rung     rules.Rung // RungRegion: of a whole region or network
}

// samples are the example numbers of the numbering plan: one for each region and class, and those of the
// networks that belong to no region.
var samples = sync.OnceValue(func() []sample {
	var list []sample
	for _, region := range numplan.Regions() {
		known := map[numplan.Class]bool{}
		for kind := range phonenumbers.GetSupportedTypesForRegion(region.String()) {
			n := phonenumbers.GetExampleNumberForTypeInRegion(region.String(), kind)
			s, ok := exampleSample(n)
			if ok && s.region == region.String() && !known[s.class] {
				known[s.class] = true
				s.label = s.region
				list = append(list, s)
			}
		}
	}
	for code := range phonenumbers.GetSupportedGlobalNetworkCallingCodes() {
		if s, ok := exampleSample(phonenumbers.GetExampleNumberForNonGeoEntity(code)); ok {
			s.label = "+" + strconv.Itoa(code)
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b sample) int {
		return strings.Compare(a.label+a.class.String(), b.label+b.class.String())
	})
	return list
})

func exampleSample(n *phonenumbers.PhoneNumber) (sample, bool) {
	if n == nil {
		return sample{}, false
	}
	digits := []byte(strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.E164), "+"))
	return numberSample(numplan.Default(), digits, rules.RungRegion), true
}

func numberSample(plan *numplan.Plan, digits []byte, rung rules.Rung) sample {
	info := plan.Lookup(digits)
	return sample{
		label: "+" + string(digits), region: info.Region.String(), class: info.Class,
		ton: defaultTON, npi: defaultNPI, digits: digits, rung: rung,
	}
}

// samplesOf makes numbers that a match about numbers, short codes or ranges is about.
func samplesOf(plan *numplan.Plan, m rules.Match) []sample {
	const tonAbbreviated, npiUnknown = 6, 0 // SMPP 3.4 s.5.2.5: a short code
	switch {
	case m.Group != "":
		return nil
	case m.Short:
		return []sample{{
			label: "short:" + m.Digits, ton: tonAbbreviated, npi: npiUnknown, digits: []byte(m.Digits), rung: m.Rung,
		}}
	case m.Rung == rules.RungNumber:
		return []sample{numberSample(plan, []byte(m.Digits), m.Rung)}
	case m.Rung == rules.RungRange:
		return rangeSamples(plan, m)
	}
	return nil
}

// rangeSamples makes numbers all over a range: one range can lie in several regions, as +4479 does. Numbers
// of a known class are best; a range without any gets a number all the same.
func rangeSamples(plan *numplan.Plan, m rules.Match) []sample {
	const usualDigits = 11 // with the calling code
	var list []sample
	var any sample
	for fill := byte('0'); fill <= '9'; fill++ {
		for length := max(usualDigits, len(m.Digits)); length <= numplan.MaxDigits; length++ {
			digits := []byte(m.Digits + strings.Repeat(string(fill), length-len(m.Digits)))
			s := numberSample(plan, digits, m.Rung)
			s.label = "+" + m.Digits
			if any = s; s.class != numplan.Unassigned && (!m.HasClass || s.class == m.Class) {
				list = append(list, s)
				break
			}
		}
	}
	if len(list) == 0 {
		return []sample{any}
	}
	return list
}

// belongs reports whether the sample lies within a member of a group: a region or a prefix.
func (s sample) belongs(member string) bool {
	if digits, ok := strings.CutPrefix(member, "+"); ok {
		return strings.HasPrefix(string(s.digits), digits)
	}
	return s.region == member
}

// summary collects samples and names them as shortly as is true.
type summary struct {
	labels []string
	seen   map[string]bool // with the sender, whatever the time
	main   map[string]bool // regions whose subscribers are among them
}

// add takes a sample in, once for each sender: the first time counts.
func (y *summary) add(s sample, sender, when string) {
	if y.seen == nil {
		y.seen, y.main = map[string]bool{}, map[string]bool{}
	}
	label := s.label
	if s.rung == rules.RungRegion {
		if subscribers.Has(s.class) {
			y.main[label+sender+when] = true
		} else {
			label += "/" + s.class.String()
		}
	}
	if label += sender; !y.seen[label] {
		y.seen[label] = true
		y.labels = append(y.labels, label+when)
	}
}

// subscribers are the classes that a region is about.
var subscribers = numplan.Classes(numplan.Mobile, numplan.Fixed, numplan.FixedOrMobile)

// list names ordinary classes only where the region itself is not among the samples.
func (y *summary) list() []string {
	return slices.DeleteFunc(y.labels, func(label string) bool {
		region, class, ok := strings.Cut(label, "/")
		if !ok {
			return false
		}
		name, suffix, _ := strings.Cut(class, " ")
		if suffix != "" {
			region += " " + suffix
		}
		c, known := numplan.ParseClass(name)
		return known && numplan.Ordinary.Has(c) && y.main[region]
	})
}

// What a destination is taken for when neither TON nor NPI is given: an international E.164 number
// (SMPP 3.4 s.5.2.5 and 5.2.6).
const (
	defaultTON = 1
	defaultNPI = 1
)

// Example is an ordinary number of a region, without plus: one of its subscribers where the plan gives one.
func Example(region string) ([]byte, bool) {
	var any []byte
	for _, s := range samples() {
		switch {
		case s.label != region:
		case s.class == numplan.Mobile || s.class == numplan.FixedOrMobile:
			return s.digits, true
		case any == nil || subscribers.Has(s.class):
			any = s.digits
		}
	}
	return any, any != nil
}
