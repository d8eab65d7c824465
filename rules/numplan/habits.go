package numplan

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"

	"github.com/nyaruka/phonenumbers/v2"
)

// habits are how people of a region dial.
type habits struct {
	code  string   // calling code; empty: no region
	trunk string   // trunk prefix; empty: none
	zeros bool     // a leading 0 belongs to the region's numbers, as in Italy
	idd   []string // international prefixes, the longest first

	prefix  uint16 // where the automaton of what is dialled in front of a national number starts
	lengths uint32 // bit n: national numbers of n digits are possible
}

// worldIDD is the international prefix that the ITU recommends (E.164 s.6) and that is tried everywhere.
const worldIDD = "00"

// learnHabits fills in the habits of all regions; those of NoRegion are anybody's.
func (p *Plan) learnHabits(prefixes map[dialled]uint16) error {
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		return err
	}
	p.habits = make([]habits, NumRegions()+1)
	p.habits[NoRegion].idd = []string{worldIDD}
	for _, m := range collection.GetMetadata() {
		r, ok := ParseRegion(m.GetId())
		if !ok {
			continue
		}
		idd, err := spellOut(m.GetInternationalPrefix())
		if err != nil {
			return fmt.Errorf("international prefix of %s: %w", r, err)
		}
		code := strconv.Itoa(int(m.GetCountryCode()))
		p.habits[r] = habits{
			code: code, trunk: m.GetNationalPrefix(), zeros: p.startsWithZero(code),
			idd:    byLength(append(idd, worldIDD)),
			prefix: prefixes[dialledIn(m)],
		}
		for _, n := range m.GetGeneralDesc().GetPossibleLength() {
			p.habits[r].lengths |= 1 << n
		}
	}
	return nil
}

// byLength sorts the longest first and drops what is there twice.
func byLength(prefixes []string) []string {
	list := slices.Clone(prefixes)
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return slices.Compare([]byte(a), []byte(b))
	})
	return slices.Compact(list)
}

// spellOut lists all strings that a finite expression over digits matches: "0(?:0|1[2-9])" is 00, 012, ...
// 019.
func spellOut(expression string) ([]string, error) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return alternatives(parsed.Simplify())
}

func alternatives(re *syntax.Regexp) ([]string, error) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, nil
	case syntax.OpLiteral:
		return []string{string(re.Rune)}, nil
	case syntax.OpCharClass:
		return charClass(re.Rune), nil
	case syntax.OpCapture:
		return alternatives(re.Sub[0])
	case syntax.OpQuest:
		list, err := alternatives(re.Sub[0])
		return append(list, ""), err
	case syntax.OpAlternate:
		var list []string
		for _, sub := range re.Sub {
			more, err := alternatives(sub)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		return list, nil
	case syntax.OpConcat:
		list := []string{""}
		for _, sub := range re.Sub {
			more, err := alternatives(sub)
			if err != nil {
				return nil, err
			}
			list = product(list, more)
		}
		return list, nil
	}
	return nil, fmt.Errorf("%s is not a finite list of digits", re)
}

// charClass lists the runes of a class given as pairs of bounds.
func charClass(bounds []rune) []string {
	var list []string
	for i := 0; i < len(bounds); i += 2 {
		for c := bounds[i]; c <= bounds[i+1]; c++ {
			list = append(list, string(c))
		}
	}
	return list
}

func product(heads, tails []string) []string {
	var list []string
	for _, head := range heads {
		for _, tail := range tails {
			list = append(list, head+tail)
		}
	}
	return list
}
