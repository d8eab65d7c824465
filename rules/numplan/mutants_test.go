package numplan

import (
	"math/rand/v2"
	"slices"
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
		damage func(p *Plan, rng *rand.Rand, digits []byte) (at *uint16, value uint16)
	}{
		{"transition to a random state", randomTransition},
		{"transition of the next digit", nextTransition},
		{"outcome", otherOutcome},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			mutant := *Default()
			mutant.table, mutant.chains = slices.Clone(mutant.table), slices.Clone(mutant.chains)
			rng, fresh, found := rand.New(rand.NewPCG(7, 7)), newQuestions(101), 0
			for range mutantCount {
				at, value := kind.damage(&mutant, rng, fresh.next())
				was := *at
				*at = value
				mutant.third = mutant.thirdStates()
				if was == value || anyDiffers(&mutant, questions) {
					found++
				}
				*at = was
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

func randomTransition(p *Plan, rng *rand.Rand, digits []byte) (at *uint16, value uint16) {
	states, _ := p.Size()
	row, digit := rowOnTheWay(p, rng, digits)
	return &row[digit], uint16(rng.IntN(states))
}

// nextTransition moves the edge of a pattern by one: a digit leads where the next one does.
func nextTransition(p *Plan, rng *rand.Rand, digits []byte) (at *uint16, value uint16) {
	for {
		row, digit := rowOnTheWay(p, rng, digits)
		for other := range 10 {
			if next := row[(digit+other)%10]; next != row[digit] {
				return &row[digit], next
			}
		}
	}
}

// rowOnTheWay returns the row of a state that digits pass, and the digit that they leave it by.
func rowOnTheWay(p *Plan, rng *rand.Rand, digits []byte) (row []uint16, digit int) {
	for {
		n := rng.IntN(len(digits))
		if state := pass(p, digits[:n]); state < p.rows {
			return p.table[int(state)*stride:][:stride], int(digits[n] - '0')
		}
	}
}

// otherOutcome changes what the number is, be it that the number ends in a row or in a chain.
func otherOutcome(p *Plan, rng *rand.Rand, digits []byte) (at *uint16, value uint16) {
	at = outcomeOf(p, digits)
	for value = *at; value == *at; {
		value = uint16(rng.IntN(len(p.outcomes)))
	}
	return at, value
}

func outcomeOf(p *Plan, digits []byte) *uint16 {
	for n := range len(digits) + 1 {
		if state := pass(p, digits[:n]); state >= p.rows {
			return &p.chains[state-p.rows].outcomes[len(digits)-n]
		}
	}
	return &p.table[int(pass(p, digits))*stride+outcomeAt]
}
