package numplan

import (
	"math"
	"slices"

	"github.com/nyaruka/phonenumbers/v2"
)

// outcome is what is known of a number: its place in the plan, and how the library would spell it.
type outcome struct {
	info    Info
	respell respelling
}

// assigned reports whether a number is of a known type, and spelled as the plan spells it.
func (o *outcome) assigned() bool { return o.info.Class != Unassigned && !o.respell.on }

// respelling says how to turn the digits behind the calling code into the ones that the plan spells the
// number with: literal, then the digits from..to, then those from cut on. The zero value changes nothing.
type respelling struct {
	on            bool
	literal       string
	from, to, cut int8
}

// codePlan is the metadata of one calling code: of its regions, the main one first.
type codePlan struct {
	regions  []regionPlan
	patterns *patterns
	trunk    *trunk // nil: nothing is ever taken away
	lengths  map[int8]bool
	longest  int8                  // any longer is let through, as the library does
	fixed    func(state int) Class // nil: the types decide
}

// regionPlan is the metadata of one region.
type regionPlan struct {
	region  Region
	leading bool // leadingDigits decide, not the types
	merged  bool // fixed and mobile are one pattern
	kinds   [numKinds]map[int8]bool
}

// kind is one description of numbers in the metadata.
type kind int

// The kinds, in the order in which the library asks; general comes first and must hold for all.
const (
	kindGeneral kind = iota
	kindPremium
	kindTollFree
	kindSharedCost
	kindVoIP
	kindPersonal
	kindPager
	kindUAN
	kindVoicemail
	kindFixed
	kindMobile
	kindLeading // leadingDigits
	numKinds
)

var special = [...]struct {
	kind  kind
	class Class
}{
	{kindPremium, Premium}, {kindTollFree, TollFree}, {kindSharedCost, SharedCost}, {kindVoIP, VoIP},
	{kindPersonal, Personal}, {kindPager, Pager}, {kindUAN, UAN}, {kindVoicemail, Voicemail},
}

func descriptions(m *phonenumbers.PhoneMetadata) [kindLeading]*phonenumbers.PhoneNumberDesc {
	return [kindLeading]*phonenumbers.PhoneNumberDesc{
		m.GetGeneralDesc(), m.GetPremiumRate(), m.GetTollFree(), m.GetSharedCost(), m.GetVoip(), m.GetPersonalNumber(),
		m.GetPager(), m.GetUan(), m.GetVoicemail(), m.GetFixedLine(), m.GetMobile(),
	}
}

func newCodePlan(code string, list []*phonenumbers.PhoneMetadata) (*codePlan, error) {
	c := &codePlan{patterns: newPatterns()}
	for i, m := range list {
		region, _ := ParseRegion(m.GetId())
		r := regionPlan{region: region, merged: m.GetSameMobileAndFixedLinePattern(), leading: m.GetLeadingDigits() != ""}
		for k, desc := range descriptions(m) {
			if desc.GetNationalNumberPattern() == "" {
				continue
			}
			r.kinds[k] = lengthSet(desc.GetPossibleLength())
			if err := c.patterns.add(desc.GetNationalNumberPattern(), i*int(numKinds)+k); err != nil {
				return nil, err
			}
		}
		if r.leading {
			if err := c.patterns.add("(?:"+m.GetLeadingDigits()+`)\d*`, i*int(numKinds)+int(kindLeading)); err != nil {
				return nil, err
			}
		}
		c.regions = append(c.regions, r)
	}
	main := list[0]
	c.lengths = lengthSet(main.GetGeneralDesc().GetPossibleLength())
	c.longest = int8(slices.Max(main.GetGeneralDesc().GetPossibleLength()))
	if prefix := main.GetNationalPrefixForParsing(); prefix != "" {
		var err error
		if c.trunk, err = newTrunk(prefix, main.GetNationalPrefixTransformRule(), c.patterns); err != nil {
			return nil, err
		}
	}
	return c, c.correct(code)
}

// correct puts what the plan of the ITU says over what the library answers.
func (c *codePlan) correct(code string) error {
	class, ok := corrections[code]
	if !ok {
		return nil
	}
	c.fixed = func(int) Class { return class }
	if code != "882" {
		return nil
	}
	label := len(c.regions) * int(numKinds)
	c.fixed = func(state int) Class {
		if c.labels(state)[label] {
			return Satellite
		}
		return class
	}
	return c.patterns.add(`16\d*`, label) // Thuraya
}

// corrections are the calling codes that belong to no country (ITU-T E.164.1), by the class of all their
// numbers.
var corrections = map[string]Class{
	"800": IntlFreephone, "808": IntlShared, "870": Satellite, "878": UPT, "881": Satellite,
	"882": IntlNetwork, "883": IntlNetwork, "979": IntlPremium,
}

func lengthSet(list []int32) map[int8]bool {
	set := map[int8]bool{}
	for _, n := range list {
		if n > 0 && n <= math.MaxInt8 {
			set[int8(n)] = true
		}
	}
	return set
}

func (c *codePlan) labels(state int) map[int]bool {
	set := map[int]bool{}
	c.patterns.matched(state, func(label int) { set[label] = true })
	return set
}

// outcome answers for a number of n digits behind the calling code, as the library's Parse,
// GetRegionCodeForNumber and GetNumberType together do.
func (c *codePlan) outcome(state int, list threads, n int) outcome {
	if n < 2 {
		return outcome{}
	}
	length := int8(n)
	var respell respelling
	if c.trunk != nil {
		if th, ok := c.trunk.end(list, int8(n)); ok && c.strips(state, th) {
			respell = c.trunk.respelling(th, int8(n))
			state, length = int(th.state), th.outcome
		}
	}
	if length < 2 {
		return outcome{}
	}
	return outcome{info: c.classify(state, length), respell: respell}
}

// strips reports whether the library takes the trunk prefix away: not where that turns a number into none,
// nor where what is left has an impossible length.
func (c *codePlan) strips(state int, th thread) bool {
	general := int(kindGeneral)
	if c.labels(state)[general] && !c.labels(int(th.state))[general] {
		return false
	}
	return c.lengths[th.outcome] || th.outcome > c.longest
}

// classify finds region and class of a national number as it is.
func (c *codePlan) classify(state int, n int8) Info {
	labels := c.labels(state)
	for i := range c.regions {
		class, valid := c.regions[i].class(labels, i*int(numKinds), n)
		if len(c.regions) > 1 && !c.regions[i].owns(labels, i*int(numKinds), valid) {
			continue
		}
		if c.fixed != nil {
			class = c.fixed(state)
		}
		return Info{Region: c.regions[i].region, Class: class}
	}
	return Info{}
}

// owns reports whether a number on a shared calling code is the region's.
func (r *regionPlan) owns(labels map[int]bool, base int, valid bool) bool {
	if r.leading {
		return labels[base+int(kindLeading)]
	}
	return valid
}

// class is the library's GetNumberType for the region; false when it is of no known type.
func (r *regionPlan) class(labels map[int]bool, base int, n int8) (Class, bool) {
	is := func(k kind) bool {
		lengths := r.kinds[k]
		return labels[base+int(k)] && (len(lengths) == 0 || lengths[n])
	}
	if !is(kindGeneral) {
		return Unassigned, false
	}
	for _, s := range special {
		if is(s.kind) {
			return s.class, true
		}
	}
	switch fixed, mobile := is(kindFixed), is(kindMobile); {
	case fixed && (r.merged || mobile):
		return FixedOrMobile, true
	case fixed:
		return Fixed, true
	case mobile && !r.merged:
		return Mobile, true
	}
	return Unassigned, false
}
