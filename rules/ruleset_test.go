package rules

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"geogate/rules/numplan"
)

// TestCacheLines holds the layout to what it is for: what most decisions need of an account lies in two cache lines, and
// accounts begin where lines do.
func TestCacheLines(t *testing.T) {
	t.Parallel()
	const line = 64
	var a Account
	if n := unsafe.Offsetof(a.set) + unsafe.Offsetof(a.set.digits); n > 2*line {
		t.Errorf("what is hot takes %d octets", n)
	}
	if n := unsafe.Sizeof(a); n != 5*line {
		t.Errorf("an account takes %d octets", n)
	}
	if n := unsafe.Sizeof(entry{}); n != line/4 {
		t.Errorf("an entry takes %d octets", n)
	}
}

// TestDigitRules asks which rules on prefixes and numbers a number meets, and a loop over them all: few and many of them,
// of all lengths, close beside each other.
func TestDigitRules(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	digits := func(n int) string {
		text := "447"
		for len(text) < n {
			text += fmt.Sprint(rng.IntN(3))
		}
		return text[:n]
	}
	met := 0
	for _, n := range []int{0, 1, 3, 30, 1000} {
		for _, least := range []int{1, 5, 9} {
			w := emptyWritten()
			w.Accounts["a"] = map[string]string{"GB": "allow"}
			for range n {
				length := least + rng.IntN(16-least)
				w.Accounts["a"]["+"+digits(length)] = "block"
				w.Accounts["a"]["=+"+digits(max(length, numplan.MinDigits))] = "block"
			}
			p := mustCompile(t, w)
			for range 300 {
				met += len(rulesMet(t, p, w.Accounts["a"], digits(numplan.MinDigits+rng.IntN(9))))
			}
		}
	}
	if met < 1000 {
		t.Errorf("only %d rules were met: the test asks nothing", met)
	}
}

// rulesMet are the rules on digits that explaining tells of, once they are held against those that match.
func rulesMet(t *testing.T, p *Policy, hash map[string]string, number string) (met []string) {
	t.Helper()
	var want []string
	e := p.Explain("a", &Query{TON: 1, NPI: 1, Dest: []byte(number)})
	for field := range hash {
		prefix, isPrefix := strings.CutPrefix(field, "+")
		if e.Number.String() != "" && (isPrefix && strings.HasPrefix(number, prefix) || field == "=+"+number) {
			want = append(want, field)
		}
	}
	for _, c := range e.Candidates {
		if field := c.Rule.Match(); field != "GB" {
			met = append(met, field)
		}
	}
	slices.Sort(met)
	if slices.Sort(want); !slices.Equal(met, want) {
		t.Errorf("%s meets %q, want %q", number, met, want)
	}
	return met
}
