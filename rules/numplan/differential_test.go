package numplan

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/nyaruka/phonenumbers/v2"
)

// differentialEnv asks for another number of questions: GEOGATE_TEST_DIFF_N=5000000.
const (
	differentialEnv   = "GEOGATE_TEST_DIFF_N"
	differentialCount = 200_000
)

// TestDifferential asks the automaton and libphonenumber the same questions.
func TestDifferential(t *testing.T) {
	t.Parallel()
	total := differentialCount
	if asked := os.Getenv(differentialEnv); asked != "" {
		var err error
		if total, err = strconv.Atoi(asked); err != nil {
			t.Fatalf("%s: %v", differentialEnv, err)
		}
	}
	const shards = 8
	for shard := range uint64(shards) {
		t.Run(fmt.Sprint("seed ", shard), func(t *testing.T) {
			t.Parallel()
			if n, fault := compare(Default(), newQuestions(shard), total/shards); fault != "" {
				t.Errorf("after %d numbers: %s", n, fault)
			}
		})
	}
}

// TestDifferentialCanFail damages the automaton in many places, one at a time, where numbers that the
// generator makes pass through, and demands that the comparison finds each.
func TestDifferentialCanFail(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	for range 40 {
		mutant := *Default()
		mutant.table = append([]uint16(nil), mutant.table...)
		digits := newQuestions(rng.Uint64()).next()
		state := uint(mutant.root)
		for _, c := range digits[:len(digits)-1] {
			state = uint(mutant.table[state*stride+uint(c-'0')])
		}
		at := state*stride + uint(digits[len(digits)-1]-'0')
		last := uint(mutant.table[at])
		mutant.table[last*stride+outcomeAt] = otherOutcome(&mutant, mutant.table[last*stride+outcomeAt])
		if differs(&mutant, digits) == "" {
			t.Errorf("a mutant that answers otherwise for +%s went unnoticed", digits)
		}
	}
}

// otherOutcome is an outcome that differs from o in what the comparison looks at.
func otherOutcome(p *Plan, o uint16) uint16 {
	for i := range p.outcomes {
		if p.outcomes[i].info.Region != p.outcomes[o].info.Region {
			return uint16(i)
		}
	}
	return o
}

func compare(p *Plan, q *questions, count int) (asked int, fault string) {
	for i := range count {
		if fault := differs(p, q.next()); fault != "" {
			return i, fault
		}
	}
	return count, ""
}

// differs compares the answers for one number; "" when they are the same. The documented corrections are made
// to the library's answer, by prefix, so that they are tested too.
func differs(p *Plan, digits []byte) string {
	want, respelled := library(string(digits))
	got := p.find(digits)
	if got.info == want && got.respell.on == (respelled != "") {
		if respelled == "" {
			return ""
		}
		var buf full
		n, ok := got.respell.apply(&buf, digits, p.codeLen(digits))
		if ok && "+"+string(buf[:n]) == respelled {
			return ""
		}
		return fmt.Sprintf("+%s becomes +%s, the library makes it %s", digits, buf[:n], respelled)
	}
	return fmt.Sprintf("+%s: %v %v respelled %v, the library says %v %v %q", digits,
		got.info.Region, got.info.Class, got.respell.on, want.Region, want.Class, respelled)
}

var libraryClasses = map[phonenumbers.PhoneNumberType]Class{
	phonenumbers.FIXED_LINE: Fixed, phonenumbers.MOBILE: Mobile, phonenumbers.FIXED_LINE_OR_MOBILE: FixedOrMobile,
	phonenumbers.TOLL_FREE: TollFree, phonenumbers.PREMIUM_RATE: Premium, phonenumbers.SHARED_COST: SharedCost,
	phonenumbers.VOIP: VoIP, phonenumbers.PERSONAL_NUMBER: Personal, phonenumbers.PAGER: Pager,
	phonenumbers.UAN: UAN, phonenumbers.VOICEMAIL: Voicemail, phonenumbers.UNKNOWN: Unassigned,
}

// library is libphonenumber's own answer, and its spelling where that is another.
func library(digits string) (Info, string) {
	number, err := phonenumbers.Parse("+"+digits, "ZZ")
	if err != nil {
		return Info{}, ""
	}
	region, _ := ParseRegion(phonenumbers.GetRegionCodeForNumber(number))
	info := Info{Region: region, Class: libraryClasses[phonenumbers.GetNumberType(number)]}
	switch code := digits[:3]; {
	case code == "881" || code == "870" || digits[:5] == "88216":
		info.Class = Satellite
	case code == "882" || code == "883":
		info.Class = IntlNetwork
	case code == "979":
		info.Class = IntlPremium
	case code == "878":
		info.Class = UPT
	case code == "800":
		info.Class = IntlFreephone
	case code == "808":
		info.Class = IntlShared
	}
	if spelled := phonenumbers.Format(number, phonenumbers.E164); spelled != "+"+digits {
		return info, spelled
	}
	return info, ""
}

// questions makes numbers: wild ones on every calling code, and the library's own examples with digits
// changed, added and taken away, which is where patterns end.
type questions struct {
	rng      *rand.Rand
	codes    []string
	examples []string
	buf      []byte
}

func newQuestions(seed uint64) *questions {
	q := &questions{rng: rand.New(rand.NewPCG(seed, 1))}
	for code := 1; code < 1000; code++ {
		if phonenumbers.GetSupportedCallingCodes()[code] {
			q.codes = append(q.codes, strconv.Itoa(code))
		}
	}
	for _, r := range Regions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			if number := phonenumbers.GetExampleNumberForTypeInRegion(r.String(), kind); number != nil {
				q.examples = append(q.examples, phonenumbers.Format(number, phonenumbers.E164)[1:])
			}
		}
	}
	return q
}

// next returns 7 to 15 digits; they are valid until the call after.
func (q *questions) next() []byte {
	if q.rng.IntN(2) == 0 {
		q.wild()
	} else {
		q.nearExample()
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

func (q *questions) nearExample() {
	q.buf = append(q.buf[:0], q.examples[q.rng.IntN(len(q.examples))]...)
	for range q.rng.IntN(4) {
		at := 1 + q.rng.IntN(len(q.buf)-1)
		switch q.rng.IntN(4) {
		case 0:
			q.buf = append(q.buf[:at], append([]byte{q.digit()}, q.buf[at:]...)...)
		case 1:
			if len(q.buf) > MinDigits {
				q.buf = append(q.buf[:at], q.buf[at+1:]...)
			}
		default:
			q.buf[at] = q.digit()
		}
	}
}
