package admin

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"geogate/rules"
)

// Question is a destination as it stands in a PDU.
type Question struct {
	Account     string     `json:"account" example:"acme"`
	Destination string     `json:"destination" maxLength:"64" example:"33612345678" doc:"destination_addr"`
	TON         *uint8     `json:"ton,omitempty" default:"1" doc:"dest_addr_ton"` // a pointer: 0 is one too
	NPI         *uint8     `json:"npi,omitempty" default:"1" doc:"dest_addr_npi"`
	Source      string     `json:"source,omitempty" maxLength:"64" doc:"source_addr"`
	At          *time.Time `json:"at,omitempty" doc:"at this time instead of now"`
}

// Answer is what would become of the message, and why.
type Answer struct {
	Verdict     string   `json:"verdict" enum:"forward,refuse"`
	Reason      string   `json:"reason"`
	Rule        string   `json:"rule,omitempty" doc:"the rule that decides"`
	RuleAccount string   `json:"rule_account,omitempty" doc:"where it stands"`
	Number      string   `json:"number,omitempty"`
	Region      string   `json:"region,omitempty"`
	Class       string   `json:"class,omitempty"`
	Monitored   bool     `json:"monitored" doc:"forwarded although refused: the account has status=monitor"`
	Revision    uint64   `json:"revision" doc:"of the policy in force on this node"`
	Status      uint32   `json:"status,omitempty" doc:"command_status of a refusal"`
	StatusName  string   `json:"status_name,omitempty" example:"ESME_RINVDSTADR"`
	Steps       []string `json:"steps" doc:"every rule that was looked at, and what became of it"`
}

func (s *Server) decideRoutes() {
	register(s, operation{
		method: post, path: "/v1/decide", id: "decide", role: Customer, tag: "decisions",
		summary: "What would become of a message, by the engine and the policy that this node has in force",
		errors:  []int{http.StatusNotFound},
	}, s.decide)
}

type decideIn struct {
	Body Question
}

func (s *Server) decide(ctx context.Context, p *principal, in *decideIn) (*body[Answer], error) {
	q := in.Body
	policy := s.Store.Policy()
	if err := loaded(policy); err != nil {
		return nil, err
	}
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	if p.customer() {
		if _, err := v.account(p, q.Account); err != nil {
			return nil, err
		}
	}
	at := s.Now()
	if q.At != nil {
		at = *q.At
	}
	e := policy.Explain(q.Account, &rules.Query{
		Source: []byte(q.Source), TON: *q.TON, NPI: *q.NPI, Dest: []byte(q.Destination), Now: at.UnixNano(),
	})
	return answer(s.explained(v, p, &e))
}

func (s *Server) explained(v *view, p *principal, e *rules.Explanation) Answer {
	a := Answer{
		Verdict: e.Verdict.String(), Reason: e.Reason.String(), Number: e.Number.String(), Monitored: e.Monitored,
		Revision: e.Revision, Status: e.Status, Steps: []string{},
	}
	if a.Number != "" {
		a.Region, a.Class = e.Number.Region.String(), e.Number.Class.String()
	}
	if e.Rule != nil {
		a.Rule, a.RuleAccount = e.Rule.Match(), v.nameFor(p, e.Rule.Account())
	}
	if e.Status != 0 {
		a.StatusName = s.StatusName(e.Status)
	}
	for _, c := range narrowestFirst(e.Candidates) {
		if v.sees(p, c.Rule.Account()) {
			a.Steps = append(a.Steps, c.String())
		} else {
			a.Steps = append(a.Steps, above+" "+c.Rule.Match()+": "+c.Fate)
		}
	}
	return a
}

func narrowestFirst(list []rules.Candidate) []rules.Candidate {
	return slices.SortedStableFunc(slices.Values(list), func(a, b rules.Candidate) int {
		return cmp.Or(cmp.Compare(b.Rung, a.Rung), cmp.Compare(a.Rule.Match(), b.Rule.Match()),
			cmp.Compare(a.Rule.Account(), b.Rule.Account()))
	})
}

// target is what a match is about, whatever class or sender it is limited to.
func target(match string) string {
	if end := strings.IndexAny(match, "/;"); end >= 0 {
		match = match[:end]
	}
	return match
}
