package numplan

import (
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strconv"
	"sync"

	"github.com/nyaruka/phonenumbers/v2"
)

// questions makes international numbers that are likely to tell two plans apart: wild ones on every calling
// code, ones through every state of the automaton, and ones at the edges of the patterns: the library's own
// examples and what its expressions match, with a prefix left in, with digits changed, added and taken away.
type questions struct {
	*sources
	rng *rand.Rand
	buf []byte
}

// sources are what questions are made of.
type sources struct {
	codes    []string
	examples []string
	patterns []codePattern
	ways     [][]byte // to each state of the automaton the shortest number
}

// codePattern is an expression for the numbers behind a calling code, and what may be dialled in front of them.
type codePattern struct {
	code, trunk string
	re          *syntax.Regexp
}

var loadSources = sync.OnceValue(func() *sources {
	s := &sources{}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		s.codes = append(s.codes, strconv.Itoa(code))
	}
	slices.Sort(s.codes)
	for _, r := range Regions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			if number := phonenumbers.GetExampleNumberForTypeInRegion(r.String(), kind); number != nil {
				s.examples = append(s.examples, phonenumbers.Format(number, phonenumbers.E164)[1:])
			}
		}
	}
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		panic(err)
	}
	for _, m := range collection.GetMetadata() {
		s.addPatterns(m)
	}
	s.findWays(Default())
	return s
})

func (s *sources) addPatterns(m *phonenumbers.PhoneMetadata) {
	expressions := []string{m.GetLeadingDigits() + `\d{4,9}`, "(?:" + m.GetNationalPrefixForParsing() + `)\d{4,10}`}
	for _, d := range descriptions(m) {
		expressions = append(expressions, d.GetNationalNumberPattern())
	}
	for _, expression := range expressions {
		s.addPattern(m, expression)
	}
}

func (s *sources) addPattern(m *phonenumbers.PhoneMetadata, expression string) {
	if expression == "" {
		return
	}
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		panic(err)
	}
	code := strconv.Itoa(int(m.GetCountryCode()))
	s.patterns = append(s.patterns, codePattern{code, m.GetNationalPrefix(), re.Simplify()})
}

func (s *sources) findWays(p *Plan) {
	s.ways = [][]byte{{}}
	seen := map[uint16]bool{0: true, p.root: true}
	for i := 0; i < len(s.ways); i++ {
		state := pass(p, s.ways[i])
		for digit := byte('0'); digit <= '9'; digit++ {
			if next := p.step(state, digit); !seen[next] {
				seen[next] = true
				s.ways = append(s.ways, append(slices.Clone(s.ways[i]), digit))
			}
		}
	}
}

// pass returns the state in which a number is after so many digits.
func pass(p *Plan, digits []byte) uint16 {
	state := p.root
	for _, c := range digits {
		state = p.step(state, c)
	}
	return state
}

func newQuestions(seed uint64) *questions {
	return &questions{sources: loadSources(), rng: rand.New(rand.NewPCG(seed, 1))}
}

// next returns 7 to 15 digits; they are valid until the call after.
func (q *questions) next() []byte {
	switch q.rng.IntN(8) {
	case 0:
		q.wild()
	case 1, 2, 3:
		q.through()
	case 4, 5:
		q.buf = append(q.buf[:0], q.examples[q.rng.IntN(len(q.examples))]...)
		q.change(q.rng.IntN(4))
	default:
		q.matching()
		q.change(max(0, q.rng.IntN(5)-2))
	}
	for len(q.buf) < MinDigits {
		q.buf = append(q.buf, q.digit())
	}
	q.buf = q.buf[:min(len(q.buf), MaxDigits)]
	return q.buf
}

func (q *questions) digit() byte { return byte('0' + q.rng.IntN(10)) }

func (q *questions) wild() {
	q.buf = append(q.buf[:0], q.codes[q.rng.IntN(len(q.codes))]...)
	if q.rng.IntN(50) == 0 {
		q.buf = append(q.buf[:0], q.digit(), q.digit()) // any start, known or not
	}
	for n := MinDigits + q.rng.IntN(MaxDigits-MinDigits+1); len(q.buf) < n; {
		q.buf = append(q.buf, q.digit())
	}
}

// through makes a number that passes a state and goes on where numbers go on.
func (q *questions) through() {
	q.buf = append(q.buf[:0], q.ways[q.rng.IntN(len(q.ways))]...)
	q.buf = append(q.buf, q.digit())
	for n := MinDigits + q.rng.IntN(MaxDigits-MinDigits+1); len(q.buf) < n; {
		state := pass(Default(), q.buf)
		digit := q.digit()
		for range 3 {
			if Default().step(state, digit) != 0 {
				break
			}
			digit = q.digit()
		}
		q.buf = append(q.buf, digit)
	}
}

// matching makes a number that an expression of the metadata matches, a prefix in front of every fifth.
func (q *questions) matching() {
	p := &q.patterns[q.rng.IntN(len(q.patterns))]
	q.buf = append(q.buf[:0], p.code...)
	if q.rng.IntN(5) == 0 {
		q.buf = append(q.buf, p.trunk...)
	}
	q.match(p.re)
}

func (q *questions) match(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			q.buf = append(q.buf, byte(r))
		}
	case syntax.OpCharClass:
		at := 2 * q.rng.IntN(len(re.Rune)/2)
		q.buf = append(q.buf, byte(re.Rune[at])+byte(q.rng.IntN(int(re.Rune[at+1]-re.Rune[at])+1)))
	case syntax.OpAlternate:
		q.match(re.Sub[q.rng.IntN(len(re.Sub))])
	case syntax.OpQuest:
		if q.rng.IntN(2) == 0 {
			q.match(re.Sub[0])
		}
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			q.match(sub)
		}
	}
}

// change changes, adds or takes away a digit, so many times over; the first digit stays.
func (q *questions) change(times int) {
	for range times {
		if len(q.buf) < 2 {
			return
		}
		at := 1 + q.rng.IntN(len(q.buf)-1)
		switch q.rng.IntN(4) {
		case 0:
			q.buf = slices.Insert(q.buf, at, q.digit())
		case 1:
			q.buf = slices.Delete(q.buf, at, at+1)
		default:
			q.buf[at] = q.digit()
		}
	}
}
