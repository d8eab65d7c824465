package probe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// scenario is one piece of input, or of behaviour of a peer, and what must come of it.
type scenario struct {
	number string // its point in the list, and a letter where that has several
	sent   string // what is sent, in words
	asks   string // what must come of it, in words
	source string // section of SMPP 3.4
	needs  need
	alone  bool // others would be disturbed, or would disturb it
	play   func(context.Context) (outcome, error)
}

// need is what has to be there besides the server.
type need uint8

const (
	timers   need = 1 << iota // patience for the server's own timers
	bothEnds                  // the message centre that the server binds to
)

// outcome is what came of it.
type outcome struct {
	came  string
	right bool
}

// notes collects what came, one after the other.
type notes struct {
	came  []string
	wrong bool
}

func (n *notes) good(texts ...string) { n.came = append(n.came, texts...) }

func (n *notes) bad(texts ...string) {
	n.came = append(n.came, texts...)
	n.wrong = n.wrong || len(texts) > 0
}

func (n *notes) check(right bool, yes, no string) {
	n.came = append(n.came, choose(right, yes, no))
	n.wrong = n.wrong || !right
}

func (n *notes) outcome() outcome { return outcome{list(n.came), !n.wrong} }

// scenarios lists all of them, in the order of their numbers.
func (t *Target) scenarios() []scenario {
	all := slices.Concat(t.framing(), t.fields(), t.binds(), t.states(), t.traffic(),
		t.relayed(), t.relayedStates(), t.relayedAnswers(), t.relayedTraffic())
	slices.SortStableFunc(all, func(a, b scenario) int {
		return cmp.Or(cmp.Compare(a.number[0], b.number[0]), cmp.Compare(a.place(), b.place()),
			cmp.Compare(a.number, b.number))
	})
	return all
}

// simple is a scenario that is an exchange.
func (t *Target) simple(number, sent, source string, x exchange) scenario {
	return scenario{
		number: number, sent: sent, asks: x.asks(), source: source,
		play: func(ctx context.Context) (outcome, error) { return x.play(ctx, t) },
	}
}

// among reports whether the number begins with one of only; without any, each does.
func (s *scenario) among(only []string) bool {
	fits := func(prefix string) bool { return strings.HasPrefix(s.number, prefix) }
	return len(only) == 0 || slices.ContainsFunc(only, fits)
}

// place is where the scenario stands in the list: its number, whatever its letters.
func (s *scenario) place() int {
	n := 0
	for _, c := range s.number {
		if '0' <= c && c <= '9' {
			n = 10*n + int(c-'0')
		}
	}
	return n
}

// list writes texts one behind the other, and those that repeat with their number.
func list(texts []string) string {
	var parts []string
	counts := map[string]int{}
	for _, text := range texts {
		if counts[text]++; counts[text] == 1 {
			parts = append(parts, text)
		}
	}
	for i, text := range parts {
		if counts[text] > 1 {
			parts[i] = fmt.Sprintf("%d %s", counts[text], text)
		}
	}
	return strings.Join(parts, ", ")
}

func choose(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
