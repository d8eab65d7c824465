package rules

import (
	"cmp"
	"slices"

	"geogate/rules/numplan"
)

// ruleset is the rules of one account, laid out for the question which of them match a number. It is
// immutable. What most decisions need comes first, so that it lies in few cache lines.
type ruleset struct {
	gate    gate      // of prefixes and numbers
	regions regionSet // that have rules; NoRegion stands for rules on every number
	entries []entry   // the first of each place, in the order of places, then the others
	digits  placeTable
	sieve   *sieve // nil: the gate alone tells
	written []*Rule
}

// entry is a rule at one of the places where it matches: a group's rule has one for each member. It says of the rule
// what most decisions need, so that they do not fetch it from memory.
type entry struct {
	rule   *Rule
	next   uint32 // of the same place; 0: none
	rank   uint16
	action Action
	always bool // the rule is live at all times, for every sender and every class
}

// The bits of a rank, from the least on: what of two matching rules decides, first to last, is rung, prefix
// length, naming a class, naming a sender, and naming the destination directly rather than through a group.
const (
	rankDirect = 1 << iota
	rankSender
	rankClass
	rankLength          // times the length of a prefix
	rankRung   = 1 << 7 // times the rung
)

// newEntry ranks rule for a match, the rule's own or that of a member of its group.
func newEntry(rule *Rule, m Match) entry {
	rank := uint16(m.Rung) * rankRung
	if m.Rung == RungRange || m.Rung == RungCode {
		rank += uint16(len(m.Digits)) * rankLength
	}
	if rule.match.HasClass {
		rank |= rankClass
	}
	if rule.match.HasSender {
		rank |= rankSender
	}
	if rule.match.Group == "" {
		rank |= rankDirect
	}
	return entry{
		rule: rule, rank: rank, action: rule.Action(),
		always: rule.alwaysLive() && !rule.match.HasSender && !rule.match.HasClass,
	}
}

// rung is how narrowly the rule matches here.
func (e *entry) rung() Rung { return Rung(e.rank / rankRung) }

// placed is an entry and its place.
type placed struct {
	place place
	order int // in which they are written
	match Match
	entry entry
}

// newRuleset lays rules out. members answers what a group holds.
func newRuleset(list []*Rule, members func(group string) []Match) *ruleset {
	all := make([]placed, 0, len(list))
	for _, rule := range list {
		matches := []Match{rule.match}
		if rule.match.Group != "" {
			matches = members(rule.match.Group)
		}
		for _, m := range matches {
			all = append(all, placed{placeOf(m), len(all), m, newEntry(rule, m)})
		}
	}
	slices.SortFunc(all, func(a, b placed) int { // unlike a stable one, it is fast where all are in order already
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.order, b.order))
	})
	first := slices.CompactFunc(slices.Clone(all), func(a, b placed) bool { return a.place == b.place })
	s := &ruleset{written: list, entries: make([]entry, 0, len(all))}
	s.lead(first)
	s.follow(all)
	return s
}

// lead puts down the first entry of each place, where it is found.
func (s *ruleset) lead(first []placed) {
	var numbers []Match
	digits := slices.IndexFunc(first, func(p placed) bool { return !p.place.regional() })
	if digits >= 0 {
		s.digits = newPlaceTable(len(first) - digits)
		numbers = make([]Match, 0, len(first)-digits)
	}
	for i, p := range first {
		s.entries = append(s.entries, p.entry)
		if p.place.regional() {
			s.regions.add(p.match.Region)
			continue
		}
		s.digits.put(p.place, i)
		if !p.match.Short {
			numbers = append(numbers, p.match)
		}
	}
	s.gate = newGate(numbers)
	s.sieve = newSieve(&s.gate, numbers)
}

// follow puts the others down behind, each to be found from the one before it.
func (s *ruleset) follow(all []placed) {
	first, last := -1, 0
	for i, p := range all {
		if i == 0 || p.place != all[i-1].place {
			first++
			last = first
			continue
		}
		s.entries[last].next = uint32(len(s.entries))
		last = len(s.entries)
		s.entries = append(s.entries, p.entry)
	}
}

// any returns the first entry on every number.
func (s *ruleset) any() (first int, ok bool) { return 0, s.regions.has(numplan.NoRegion) }

// region returns the first entry of a region; NoRegion has none.
func (s *ruleset) region(r numplan.Region) (first int, ok bool) {
	if r == numplan.NoRegion || !s.regions.has(r) {
		return 0, false
	}
	return s.regions.before(r), true
}

// after returns the next entry of the same place; nil behind the last.
func (s *ruleset) after(e *entry) *entry {
	if e.next == 0 {
		return nil
	}
	return &s.entries[e.next]
}

// all are the rules, as a list of the caller's own.
func (s *ruleset) all() []*Rule { return slices.Clone(s.written) }
