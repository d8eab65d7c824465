package numplan

import (
	"math/rand/v2"
	"testing"
)

const (
	mutantQuestions = 100_000
	mutantCount     = 300
)

// TestDifferentialCanFail damages the tables, one entry at a time, where a number passes that is none of the
// questions, and demands that the questions find the damage. A few entries stand for so few numbers that no
// questions but themselves meet them.
func TestDifferentialCanFail(t *testing.T) {
	t.Parallel()
	q := newQuestions(100)
	questions := make([]answer, mutantQuestions)
	for i := range questions {
		questions[i] = ask(append([]byte(nil), q.next()...))
	}
	for _, kind := range []struct {
		name   string
		damage func(p *Plan, rng *rand.Rand, digits []byte) (at int, value uint16)
	}{
		{"transition to a random state", randomTransition},
		{"transition of the next digit", nextTransition},
		{"outcome", otherOutcome},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			mutant := *Default()
			mutant.table = append([]uint16(nil), mutant.table...)
			rng, fresh, found := rand.New(rand.NewPCG(7, 7)), newQuestions(101), 0
			for range mutantCount {
				at, value := kind.damage(&mutant, rng, fresh.next())
				was := mutant.table[at]
				mutant.table[at] = value
				if was == value || anyDiffers(&mutant, questions) {
					found++
				}
				mutant.table[at] = was
			}
			t.Logf("%d of %d mutants found", found, mutantCount)
			if found < mutantCount*90/100 {
				t.Errorf("only %d of %d mutants were found by %d questions", found, mutantCount, mutantQuestions)
			}
		})
	}
}

func anyDiffers(p *Plan, questions []answer) bool {
	for i := range questions {
		if questions[i].differs(p) != "" {
			return true
		}
	}
	return false
}

func randomTransition(p *Plan, rng *rand.Rand, digits []byte) (at int, value uint16) {
	n := rng.IntN(len(digits))
	states, _ := p.Size()
	return pass(p, digits[:n])*stride + int(digits[n]-'0'), uint16(rng.IntN(states))
}

// nextTransition moves the edge of a pattern by one: a digit leads where the next one does.
func nextTransition(p *Plan, rng *rand.Rand, digits []byte) (at int, value uint16) {
	for {
		n := rng.IntN(len(digits))
		row, digit := pass(p, digits[:n])*stride, int(digits[n]-'0')
		for other := range 10 {
			next := p.table[row+(digit+other)%10]
			if next != p.table[row+digit] {
				return row + digit, next
			}
		}
	}
}

func otherOutcome(p *Plan, rng *rand.Rand, digits []byte) (at int, value uint16) {
	at = pass(p, digits)*stride + outcomeAt
	for value = p.table[at]; value == p.table[at]; {
		value = uint16(rng.IntN(len(p.outcomes)))
	}
	return at, value
}
