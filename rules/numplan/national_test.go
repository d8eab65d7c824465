package numplan

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers/v2"
)

const nationalQuestions = 400 // for each region

// TestDifferentialNational dials numbers within every region, with all that may be dialled in front of them, and
// from there abroad. Wherever the library finds a valid number, the reading must be that one.
func TestDifferentialNational(t *testing.T) {
	t.Parallel()
	list := Regions()
	for shard := range slices.Chunk(list, 32) {
		t.Run(fmt.Sprintf("%v to %v", shard[0], shard[len(shard)-1]), func(t *testing.T) {
			t.Parallel()
			judged := 0
			for _, r := range shard {
				asked, fault := dialWithin(Default(), r, max(1, differentialTotal(t)/differentialCount)*nationalQuestions)
				if judged += asked; fault != "" {
					t.Error(fault)
				}
			}
			t.Logf("%d of the numbers are valid ones", judged)
			if judged < len(shard)*nationalQuestions/4 {
				t.Errorf("only %d of the numbers are valid ones", judged)
			}
		})
	}
}

// TestDifferentialNationalCanFail gives some regions the habits of others.
func TestDifferentialNationalCanFail(t *testing.T) {
	t.Parallel()
	for _, swap := range [][2]string{
		{"BB", "US"}, {"GG", "GB"}, {"BR", "GB"}, {"AR", "GB"}, {"CO", "GB"}, {"RU", "US"}, {"HU", "GB"}, {"SM", "IT"},
	} {
		of, like := region(t, swap[0]), region(t, swap[1])
		mutant := *Default()
		mutant.habits = slices.Clone(mutant.habits)
		mutant.habits[of].prefix = mutant.habits[like].prefix
		if _, fault := dialWithin(&mutant, of, nationalQuestions); fault == "" {
			t.Errorf("%v strips prefixes as %v does, and nobody noticed", of, like)
		}
	}
}

// dialWithin asks count questions in a region and counts the ones that the library finds valid.
func dialWithin(p *Plan, r Region, count int) (judged int, fault string) {
	habits, err := p.NewDial(DialSettings{Region: r})
	if err != nil {
		return 0, err.Error()
	}
	q := newNational(r)
	for range count {
		digits := q.next()
		number, err := phonenumbers.ParseAndKeepRawInput(string(digits), r.String())
		if err != nil || !phonenumbers.IsValidNumber(number) {
			continue
		}
		want := phonenumbers.Format(number, phonenumbers.E164)
		if len(want) > MaxDigits+1 || len(want) <= MinDigits {
			continue
		}
		if _, respelled := library(want[1:]); respelled != "" {
			continue // its own reading of its own spelling is another number: no reading at all is right
		}
		if tons := readsAs(habits, number, digits); len(tons) > 0 {
			judged++
			for _, ton := range tons {
				if got := read(habits, ton, 1, string(digits)); got != want+" respelled" {
					return judged, fmt.Sprintf("%s dialled in %v, TON %d: %s, the library says %s", digits, r, ton, got, want)
				}
			}
		}
	}
	return judged, ""
}

// readsAs lists the types of number with which digits must be read as the library reads them. It takes away a
// calling code that nobody announced, which the permission model does not.
func readsAs(d *Dial, number *phonenumbers.PhoneNumber, digits []byte) []byte {
	switch number.GetCountryCodeSource() {
	case phonenumbers.PhoneNumber_FROM_DEFAULT_COUNTRY:
		if _, abroad := d.cutIDD(digits); digits[0] == '0' && !abroad {
			return []byte{tonUnknown, tonNational}
		}
		return []byte{tonNational}
	case phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD:
		for _, prefix := range d.idd { // 00 or 00X: where both leave a number, the longer one is ours
			rest, ok := strings.CutPrefix(string(digits), prefix)
			if ok && d.plan.assigned([]byte(rest)) {
				if "+"+rest == phonenumbers.Format(number, phonenumbers.E164) && !d.plan.assigned(digits) {
					return []byte{tonUnknown, tonInternational}
				}
				break
			}
		}
	}
	return nil
}

// national makes numbers as they are dialled within one region.
type national struct {
	*questions
	patterns []codePattern // of the region's numbers
	prefixes []codePattern // of what is dialled in front
	abroad   []string
	local    string // what the transform rule puts in front
	fifteen  bool   // Argentina dials 15 behind the area code instead of 9 in front
}

func newNational(r Region) *national {
	n := &national{questions: newQuestions(uint64(r)), abroad: Default().habits[r].idd}
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		panic(err)
	}
	for _, m := range collection.GetMetadata() {
		if m.GetId() != r.String() {
			continue
		}
		var s sources
		for kind, d := range descriptions(m) {
			if kind != int(kindGeneral) { // which matches much that is of no type
				s.addPattern(m, d.GetNationalNumberPattern())
			}
		}
		n.patterns, s.patterns = s.patterns, nil
		s.addPattern(m, m.GetNationalPrefix())
		s.addPattern(m, strings.ReplaceAll(m.GetNationalPrefixForParsing(), `$`, ``))
		n.prefixes = s.patterns
		n.local, _, _ = strings.Cut(m.GetNationalPrefixTransformRule(), "$")
		n.fifteen = r.String() == "AR"
	}
	return n
}

func (n *national) next() []byte {
	n.buf = n.buf[:0]
	switch kind := n.rng.IntN(8); {
	case kind == 0:
		n.buf = append(n.buf, n.abroad[n.rng.IntN(len(n.abroad))]...)
		n.buf = append(n.buf, n.examples[n.rng.IntN(len(n.examples))]...)
		return n.cut()
	case kind < 4 && len(n.prefixes) > 0:
		n.match(n.prefixes[n.rng.IntN(len(n.prefixes))].re)
	}
	n.match(n.patterns[n.rng.IntN(len(n.patterns))].re)
	switch n.rng.IntN(8) {
	case 0:
		n.change(1)
	case 1:
		n.dropLocal()
	}
	return n.cut()
}

// dropLocal undoes what a transform rule would do.
func (n *national) dropLocal() {
	n.buf = bytes.TrimPrefix(n.buf, []byte(n.local))
	if n.fifteen {
		n.buf = slices.Insert(n.buf, min(len(n.buf), 2+n.rng.IntN(3)), '1', '5')
	}
}

func (n *national) cut() []byte {
	if len(n.buf) == 0 {
		n.buf = append(n.buf, '0')
	}
	n.buf = n.buf[:min(len(n.buf), maxDialled)]
	return n.buf
}

// TestNationalPrefixes are readings within a region that differ from those of its neighbours.
func TestNationalPrefixes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ dial, dialled, want string }{
		{"BB", "4234567", "+12464234567"},          // the area code of the island
		{"BM", "2923456", "+14412923456"},          //
		{"GG", "256789", "+441481256789"},          // Guernsey's
		{"CC", "91621234", "+61891621234"},         // Cocos shares Western Australia's
		{"SM", "886377", "+3780549886377"},         // San Marino's numbers have a 0 that nobody dials
		{"BR", "01511912345678", "+5511912345678"}, // carrier 15, and 16 digits with the calling code
		{"BR", "011912345678", "+5511912345678"},
		{"CO", "04566012345678", "+576012345678"},
		{"CN", "1259313812345678", "+8613812345678"},
		{"AR", "01115 23456789", "malformed_dest"},
		{"AR", "0111523456789", "+5491123456789"}, // the 15 of mobiles becomes a 9
		{"GB", "1800207400123456", "+447400123456"},
		{"RU", "88001234567", "+78001234567"}, // only one 8 is the trunk prefix
		{"RU", "8999999999", "+78999999999"},  // ten digits are a number already, if an unassigned one
		{"BY", "80294911911", "+375294911911"},
		{"BY", "0294911911", "+375294911911"},
		{"GB", "0799999", "+44799999"}, // too short for any, and still without its trunk prefix
		{"GB", "123456789012345678901", "malformed_dest"},
	} {
		d, err := Default().NewDial(DialSettings{Region: region(t, tt.dial)})
		if err != nil {
			t.Fatal(err)
		}
		want := tt.want
		if want[0] == '+' {
			want += " respelled"
		}
		if got := read(d, tonNational, 1, tt.dialled); got != want {
			t.Errorf("%s dialled in %s: %s, want %s", tt.dialled, tt.dial, got, want)
		}
	}
}
