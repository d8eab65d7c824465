package numplan

import (
	"fmt"
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
	total := differentialTotal(t)
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

func differentialTotal(t *testing.T) int {
	t.Helper()
	asked := os.Getenv(differentialEnv)
	if asked == "" {
		return differentialCount
	}
	total, err := strconv.Atoi(asked)
	if err != nil {
		t.Fatalf("%s: %v", differentialEnv, err)
	}
	return total
}

func compare(p *Plan, q *questions, count int) (asked int, fault string) {
	for i := range count {
		want := ask(q.next())
		if fault := want.differs(p); fault != "" {
			return i, fault
		}
	}
	return count, ""
}

// answer is what the library says of a number: its place, the documented corrections made, and how it spells
// the number where that is another way.
type answer struct {
	digits    []byte
	info      Info
	respelled string
}

func ask(digits []byte) answer {
	info, respelled := library(string(digits))
	return answer{digits, info, respelled}
}

// differs holds the plan's answer against the library's; "" when they are the same.
func (want *answer) differs(p *Plan) string {
	got := p.find(want.digits)
	if got.info != want.info || got.respell.on != (want.respelled != "") {
		return fmt.Sprintf("+%s: %v %v respelled %v, the library says %v %v %q", want.digits,
			got.info.Region, got.info.Class, got.respell.on, want.info.Region, want.info.Class, want.respelled)
	}
	if want.respelled == "" {
		return ""
	}
	var buf full
	code := p.codeLen(want.digits)
	meant := got.respell.apply(&buf, string(want.digits[:code]), want.digits[code:])
	if "+"+string(meant) == want.respelled {
		return ""
	}
	return fmt.Sprintf("+%s becomes +%s, the library makes it %s", want.digits, meant, want.respelled)
}

var libraryClasses = map[phonenumbers.PhoneNumberType]Class{
	phonenumbers.FIXED_LINE: Fixed, phonenumbers.MOBILE: Mobile, phonenumbers.FIXED_LINE_OR_MOBILE: FixedOrMobile,
	phonenumbers.TOLL_FREE: TollFree, phonenumbers.PREMIUM_RATE: Premium, phonenumbers.SHARED_COST: SharedCost,
	phonenumbers.VOIP: VoIP, phonenumbers.PERSONAL_NUMBER: Personal, phonenumbers.PAGER: Pager,
	phonenumbers.UAN: UAN, phonenumbers.VOICEMAIL: Voicemail, phonenumbers.UNKNOWN: Unassigned,
}

// library is libphonenumber's own answer, and its spelling where that is another. The documented corrections are
// made to it by prefix, so that they are tested too.
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
