package rules

import "fmt"

// beyond is the fate of a rule that would count only if it locked.
const beyond = "beyond an inherit=no, or not about short codes: only a lock would count"

// Explanation is a Decision with the rules that were looked at.
type Explanation struct {
	Decision
	Candidates []Candidate // in the order in which they were met
}

// Candidate is one rule that matches the destination, and what became of it.
type Candidate struct {
	Rule *Rule
	Rung Rung
	Fate string // "decides", or why it did not
}

// String is the candidate on one line.
func (c Candidate) String() string {
	return fmt.Sprintf("%s %q %q: %s", c.Rule.Account(), c.Rule.Match(), c.Rule.Value(), c.Fate)
}

// Explain decides as Decide does, by the same walk, and tells what it met on the way.
func (p *Policy) Explain(account string, q *Query) Explanation {
	t := &trace{places: map[*Rule]int{}}
	var e Explanation
	p.decide(p.Account(account), q, &e.Decision, t)
	var winner uint64
	if at, ok := t.places[e.Rule]; ok {
		winner = t.met[at].rank
	}
	for _, m := range t.met {
		if m.Fate == "" {
			m.Fate = m.fate(&e.Decision, winner)
		}
		e.Candidates = append(e.Candidates, m.Candidate)
	}
	return e
}

// trace collects what a walk meets.
type trace struct {
	met    []met
	places map[*Rule]int // in met
}

// met is a rule that a walk met, ranked as high as it matches: a group's rule may do so in several places.
type met struct {
	Candidate
	rank uint64
}

// note adds a rule, or tells more of one that was added: why it is out, or how high it ranks.
func (t *trace) note(e *entry, why string, rank uint64) {
	at, ok := t.places[e.rule]
	if !ok {
		at = len(t.met)
		t.places[e.rule] = at
		t.met = append(t.met, met{Candidate: Candidate{Rule: e.rule, Rung: e.rung()}})
	}
	m := &t.met[at]
	if why != "" {
		m.Fate = why
	}
	if rank > m.rank {
		m.Rung, m.rank = e.rung(), rank
	}
}

// fate is what became of a rule that was not out, given the rank of the one that decided.
func (m *met) fate(d *Decision, winner uint64) string {
	switch {
	case d.Reason == ShortDest:
		return "it opens no short code"
	case d.Reason == AccountSuspended:
		return "the account is suspended"
	case m.Rule == d.Rule && d.Reason == NANPPair:
		return "wins, but US and CA need each other, and the other is not open"
	case m.Rule == d.Rule:
		return "decides"
	case d.Reason == Locked:
		return "a lock stops everything"
	}
	return lostBy(winner, m.rank)
}

// lostBy tells the first thing in which the winner stands before the loser.
func lostBy(winner, loser uint64) string {
	w, l := winner>>rankShift, loser>>rankShift
	narrower := w/rankLength != l/rankLength
	switch differ := w ^ l; {
	case narrower:
	case differ&rankClass != 0:
		return "a rule that names the class wins"
	case differ&rankSender != 0:
		return "a rule that names the sender wins"
	case differ&rankDirect != 0:
		return "a rule that names the destination itself wins"
	case winner>>1 != loser>>1:
	case winner != loser:
		return "a block comes before it"
	default:
		return "a rule of the same rank comes before it by name"
	}
	return "a narrower or nearer rule wins"
}
