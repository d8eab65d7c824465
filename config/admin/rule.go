package admin

import (
	"context"
	"net/http"
	"time"

	"geogate/rules"
)

// RuleBody is what a rule does, and when.
type RuleBody struct {
	Action          string     `json:"action" enum:"allow,block,observe,trust,lock"`
	Until           *time.Time `json:"until,omitempty" doc:"the rule ends then"`
	After           *time.Time `json:"after,omitempty" doc:"the rule begins then"`
	Reason          string     `json:"reason,omitempty" maxLength:"500" doc:"stands with the rule and in the history"`
	ConfirmHighRisk bool       `json:"confirm_high_risk,omitempty" doc:"members of @high-risk may be opened"`
}

// Fields are fields of an account as they stand in Redis: rules by their match, and settings.
type Fields struct {
	Set             map[string]string `json:"set,omitempty" doc:"field to value, as \"FR\": \"allow\""`
	Unset           []string          `json:"unset,omitempty" doc:"fields to take away"`
	Reason          string            `json:"reason,omitempty" maxLength:"500"`
	ConfirmHighRisk bool              `json:"confirm_high_risk,omitempty" doc:"members of @high-risk may be opened"`
}

// RuleIn names a rule of an account.
type RuleIn struct {
	AccountIn
	Match   string `path:"match" example:"+4479" doc:"as the field in Redis; / is written %2F"`
	IfMatch string `header:"If-Match" doc:"the revision that was seen; left out: whatever it is"`
}

func (s *Server) ruleRoutes() {
	failures := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed}
	register(s, operation{
		method: put, path: "/v1/accounts/{id}/rules/{match}", id: "put-rule", summary: "Write one rule",
		role: Customer, tag: "rules", errors: failures,
	}, s.putRule)
	register(s, operation{
		method: remove, path: "/v1/accounts/{id}/rules/{match}", id: "delete-rule", summary: "Take one rule away",
		role: Customer, tag: "rules", errors: failures,
	}, s.deleteRule)
	register(s, operation{
		method: patch, path: "/v1/accounts/{id}", id: "patch-account",
		summary: "Write and take away several fields at once: rules, and settings for admins",
		role:    Customer, tag: "accounts", errors: failures,
	}, s.patchAccount)
}

// checkMatch reads the match of a path.
func checkMatch(match string) error {
	if !isRule(match) {
		return badRequest("there is no rule of the name "+match, "a match is =+NUMBER, short:CODE, +PREFIX, a region such as GB, "+
			"@group or any, then /class, then ;from=SENDER")
	}
	return nil
}

func (s *Server) putRule(ctx context.Context, p *principal, in *struct {
	RuleIn
	Body RuleBody
}) (*revised[Account], error) {
	if err := checkMatch(in.Match); err != nil {
		return nil, err
	}
	value, err := s.ruleValue(p, in.Body)
	if err != nil {
		return nil, err
	}
	return s.changeAccount(ctx, p, in.ID, edit{
		why: in.Body.Reason, confirmed: in.Body.ConfirmHighRisk, guard: matching(p, in.ID, in.IfMatch),
		propose: func(_ *view, to *rules.Written) error {
			fieldsOf(to, in.ID)[in.Match] = value
			return nil
		},
	})
}

// ruleValue spells a rule as Redis holds it.
func (s *Server) ruleValue(p *principal, b RuleBody) (string, error) {
	value := rules.Value{Reason: b.Reason}
	value.Action, _ = rules.ParseAction(b.Action) // one of the enumeration
	if b.Reason != "" {
		value.By = p.name
	}
	if b.Until != nil {
		value.Until = *b.Until
		if !value.Until.After(s.Now()) {
			return "", badRequest("until has passed already", "give a time to come, in RFC 3339")
		}
	}
	if b.After != nil {
		value.After = *b.After
	}
	text := value.String()
	if _, err := rules.ParseValue(text); err != nil {
		return "", badRequest(err.Error(), "correct the times")
	}
	return text, nil
}

func (s *Server) deleteRule(ctx context.Context, p *principal, in *RuleIn) (*revised[Account], error) {
	return s.changeAccount(ctx, p, in.ID, edit{
		guard: matching(p, in.ID, in.IfMatch),
		propose: func(_ *view, to *rules.Written) error {
			hash := fieldsOf(to, in.ID)
			if _, ok := hash[in.Match]; !ok || !isRule(in.Match) {
				return notFound("rule", in.Match, "GET /v1/accounts/"+in.ID+" lists the rules; those that are its own can be taken away")
			}
			delete(hash, in.Match)
			keepHash(in.ID, hash)
			return nil
		},
	})
}

func (s *Server) patchAccount(ctx context.Context, p *principal, in *struct {
	AccountIn
	IfMatch string `header:"If-Match" doc:"the revision that was seen; left out: whatever it is"`
	Body    Fields
}) (*revised[Account], error) {
	e := fieldsEdit(in.ID, in.Body)
	e.guard = matching(p, in.ID, in.IfMatch)
	return s.changeAccount(ctx, p, in.ID, e)
}

// fieldsEdit is the edit of some fields of an account.
func fieldsEdit(id string, f Fields) edit {
	return edit{
		why: f.Reason, confirmed: f.ConfirmHighRisk,
		propose: func(_ *view, to *rules.Written) error {
			hash := fieldsOf(to, id)
			for field, value := range f.Set {
				hash[field] = value
			}
			for _, field := range f.Unset {
				delete(hash, field)
			}
			keepHash(id, hash)
			return nil
		},
	}
}

// changeAccount makes an edit, and answers with the account as it is then.
func (s *Server) changeAccount(ctx context.Context, p *principal, id string, e edit) (*revised[Account], error) {
	v, err := s.change(ctx, p, e)
	if err != nil {
		return nil, err
	}
	hash, err := v.account(p, id)
	if err != nil {
		return nil, err
	}
	a := s.describe(v, p, id, hash)
	return &revised[Account]{etag(a.Revision), a}, nil
}
