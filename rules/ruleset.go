package rules

import (
	"slices"

	"geogate/rules/numplan"
)

// ruleset is the rules of one account, laid out for the question which of them match a number. It is
// immutable.
type ruleset struct {
	account string
	written []*Rule
	regions regionTable
	any     []entry
	numbers map[uint64][]entry // by packed digits; nil: none, and so is shorts
	shorts  map[uint64][]entry
	nodes   []trieNode // prefixes, a node a digit; the first is the root; nil: none
}

// entry is a rule at one of the places where it matches: a group's rule has one for each member. It says of the rule
// what most decisions need, so that they do not fetch it from memory.
type entry struct {
	rule   *Rule
	rank   uint16
	region numplan.Region // of a region entry
	rung   Rung
	action Action
	always bool // the rule is live at all times, for every sender and every class
}

// trieNode is one prefix.
type trieNode struct {
	next    [10]int32 // 0: none
	entries []entry
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
		rule: rule, rank: rank, region: m.Region, rung: m.Rung, action: rule.Action(),
		always: rule.alwaysLive() && !rule.match.HasSender && !rule.match.HasClass,
	}
}

// newRuleset lays rules out. members answers what a group holds.
func newRuleset(account string, list []*Rule, members func(group string) []Match) *ruleset {
	s := &ruleset{account: account, written: list}
	var regional []entry
	for _, rule := range list {
		matches := []Match{rule.match}
		if rule.match.Group != "" {
			matches = members(rule.match.Group)
		}
		for _, m := range matches {
			if e := newEntry(rule, m); m.Rung == RungRegion {
				regional = append(regional, e)
			} else {
				s.add(e, m)
			}
		}
	}
	s.regions = newRegionTable(regional)
	return s
}

// add puts an entry where its match leads; those of regions have their own table.
func (s *ruleset) add(e entry, m Match) {
	switch {
	case m.Short:
		addPacked(&s.shorts, m.Digits, e)
	case m.Rung == RungNumber:
		addPacked(&s.numbers, m.Digits, e)
	case m.Rung == RungAny:
		s.any = append(s.any, e)
	default:
		node := s.prefix(m.Digits)
		node.entries = append(node.entries, e)
	}
}

func addPacked(table *map[uint64][]entry, digits string, e entry) {
	if *table == nil {
		*table = map[uint64][]entry{}
	}
	(*table)[pack(digits)] = append((*table)[pack(digits)], e)
}

// prefix returns the node of a prefix, made if need be. It is valid until the next call.
func (s *ruleset) prefix(digits string) *trieNode {
	if s.nodes == nil {
		s.nodes = make([]trieNode, 1)
	}
	at := int32(0)
	for i := range len(digits) {
		d := digits[i] - '0'
		if s.nodes[at].next[d] == 0 {
			s.nodes[at].next[d] = int32(len(s.nodes))
			s.nodes = append(s.nodes, trieNode{})
		}
		at = s.nodes[at].next[d]
	}
	return &s.nodes[at]
}

// pack turns at most 15 digits into a number that is theirs alone: the leading 1 keeps zeros in front apart.
func pack[T string | []byte](digits T) uint64 {
	packed := uint64(1)
	for i := range len(digits) {
		packed = packed*10 + uint64(digits[i]-'0')
	}
	return packed
}

// all are the rules, as a list of the caller's own.
func (s *ruleset) all() []*Rule { return slices.Clone(s.written) }
