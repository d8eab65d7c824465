package numplan

import (
	"slices"
	"strconv"
)

// Covers lists the regions that have numbers beginning with a prefix, digits without the plus, sorted.
func (p *Plan) Covers(prefix string) []Region {
	found := map[Region]bool{}
	p.reach(prefix, func(i Info) { found[i.Region] = true })
	delete(found, NoRegion)
	list := make([]Region, 0, len(found))
	for r := range found {
		list = append(list, r)
	}
	slices.Sort(list)
	return list
}

// HasMobile reports whether the plan has numbers that are said to be mobile and the region's own. Some
// territories share the whole plan of a larger neighbour, whose region their mobiles then have.
func (p *Plan) HasMobile(r Region) bool {
	has := false
	p.reach(p.habits[r].code, func(i Info) {
		has = has || i.Region == r && (i.Class == Mobile || i.Class == FixedOrMobile)
	})
	return has
}

// reach calls found with the place of every number of a known type that begins with prefix, each place at
// least once.
func (p *Plan) reach(prefix string, found func(Info)) {
	state := p.root
	for _, c := range []byte(prefix) {
		state = p.step(state, c)
	}
	seen := map[uint16]bool{0: true}
	for todo := []uint16{state}; len(todo) > 0; {
		state, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if seen[state] {
			continue
		}
		seen[state] = true
		if o := p.end(state); o.assigned() {
			found(o.info)
		}
		for digit := byte('0'); digit <= '9'; digit++ {
			todo = append(todo, p.step(state, digit))
		}
	}
}

// AreaCodes lists the area codes of a region on +1, as prefixes without the plus: 1876 and 1658 for Jamaica. The
// ones that all of +1 shares, as 1800, are not among them.
func (p *Plan) AreaCodes(r Region) []string {
	var list []string
	for code := 200; code < 1000; code++ {
		prefix, has := "1"+strconv.Itoa(code), false
		p.reach(prefix, func(i Info) {
			has = has || i.Region == r && (i.Class == Mobile || i.Class == Fixed || i.Class == FixedOrMobile)
		})
		if has {
			list = append(list, prefix)
		}
	}
	return list
}
