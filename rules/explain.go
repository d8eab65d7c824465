package rules

import "fmt"

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
	t := &trace{fates: map[*Rule]int{}}
	var e Explanation
	p.decide(p.Account(account), q, &e.Decision, t)
	e.Candidates = t.candidates
	for i := range e.Candidates {
		c := &e.Candidates[i]
		switch {
		case c.Rule == e.Rule:
			c.Fate = "decides"
		case c.Fate == "" && e.Reason == Locked:
			c.Fate = "a lock stops everything"
		case c.Fate == "":
			c.Fate = "a narrower or nearer rule wins"
		}
	}
	return e
}

// trace collects what a walk meets.
type trace struct {
	candidates []Candidate
	fates      map[*Rule]int // place in candidates
}

// note adds a rule, or tells why one that was added is out after all.
func (t *trace) note(e *entry, why string) {
	at, ok := t.fates[e.rule]
	if !ok {
		t.fates[e.rule] = len(t.candidates)
		t.candidates = append(t.candidates, Candidate{Rule: e.rule, Rung: e.rung, Fate: why})
		return
	}
	if why != "" {
		t.candidates[at].Fate = why
	}
}
