package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"geogate/config/store"
	"geogate/rules"
)

// Freeze closes numbers for everybody, for a time.
type Freeze struct {
	Prefix  string `json:"prefix" example:"+25263" doc:"+PREFIX, =+NUMBER, or a region"`
	For     string `json:"for" example:"2h" doc:"how long, at most 720h"`
	Reason  string `json:"reason" minLength:"1" maxLength:"500"`
	Account string `json:"account,omitempty" default:"platform" doc:"for this account and those below only"`
}

// Frozen is a freeze that was made.
type Frozen struct {
	Account  string `json:"account"`
	Match    string `json:"match"`
	Until    string `json:"until"`
	Revision string `json:"revision" doc:"of the account afterwards"`
	Undo     string `json:"undo" doc:"the request that takes it away"`
	Replaced string `json:"replaced,omitempty" doc:"the rule in whose place it stands: back with undo, not by itself"`
}

func (s *Server) freezeRoutes() {
	failures := []int{http.StatusNotFound, http.StatusConflict}
	register(s, operation{
		method: post, path: "/v1/freeze", id: "freeze", role: Operator, tag: "freeze", errors: failures,
		summary: "Lock a prefix, a number or a region for a time: nothing below can override it",
	}, s.freeze)
	register(s, operation{
		method: remove, path: "/v1/freeze", id: "unfreeze", summary: "Take a freeze away before its time", role: Operator,
		tag: "freeze", errors: failures,
	}, s.unfreeze)
}

func (s *Server) freeze(ctx context.Context, p *principal, in *struct{ Body Freeze }) (*body[Frozen], error) {
	b := in.Body
	if err := checkMatch(b.Prefix); err != nil {
		return nil, err
	}
	until, err := s.ahead(b.For)
	if err != nil {
		return nil, err
	}
	value := rules.Value{Action: rules.Lock, Until: until, Reason: b.Reason, By: p.name}.String()
	var replaced string
	v, err := s.change(ctx, p, edit{
		why: "freeze: " + b.Reason, guard: matching(p, b.Account, ""),
		propose: func(_ *view, to *rules.Written) error {
			hash := fieldsOf(to, b.Account)
			if was, err := rules.ParseValue(hash[b.Prefix]); err == nil && was.Action == rules.Lock && was.Until.IsZero() {
				return problem(http.StatusConflict, b.Prefix+" is locked for good already", "nothing is to be done; a freeze would end the lock")
			}
			if replaced = hash[b.Prefix]; frozen(replaced) {
				replaced = ""
			}
			hash[b.Prefix] = value
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	hash, _ := v.hash(b.Account)
	return answer(Frozen{
		Account: b.Account, Match: b.Prefix, Until: until.Format(time.RFC3339), Revision: revisionOf(hash),
		Undo:     "DELETE /v1/freeze?" + url.Values{"prefix": {b.Prefix}, "account": {b.Account}}.Encode(),
		Replaced: replaced,
	})
}

func (s *Server) unfreeze(ctx context.Context, p *principal, in *struct {
	Prefix  string `query:"prefix" required:"true" example:"%2B25263" doc:"as it was frozen"`
	Account string `query:"account" default:"platform"`
}) (*nothing, error) {
	_, err := s.change(ctx, p, edit{
		why: "unfreeze", confirmed: true, guard: matching(p, in.Account, ""),
		propose: func(_ *view, to *rules.Written) error {
			hash := fieldsOf(to, in.Account)
			if !frozen(hash[in.Prefix]) {
				return notFound("freeze", in.Prefix, "a freeze is a lock with an end: GET /v1/accounts/"+in.Account+" lists them")
			}
			before, err := s.beforeFreeze(ctx, in.Account, in.Prefix, hash[in.Prefix])
			if err != nil {
				return err
			}
			if hash[in.Prefix] = before; before == "" {
				delete(hash, in.Prefix)
			}
			keepHash(in.Account, hash)
			return nil
		},
	})
	return nil, err
}

// frozen reports whether a value is a lock with an end.
func frozen(value string) bool {
	v, err := rules.ParseValue(value)
	return err == nil && v.Action == rules.Lock && !v.Until.IsZero()
}

// beforeFreeze is the rule in whose place a freeze stands, as far as the history knows.
func (s *Server) beforeFreeze(ctx context.Context, account, match, value string) (string, error) {
	log, err := s.Store.Log(ctx, searchDepth)
	if err != nil {
		return "", storeProblem(err)
	}
	key := keyOf(account)
	for _, e := range log {
		at := slices.IndexFunc(e.Changes, func(c store.Change) bool { return c.Key == key && c.Field == match && c.To == value })
		if at < 0 {
			continue
		}
		if value = e.Changes[at].From; !frozen(value) { // a freeze may have been made longer
			return value, nil
		}
	}
	return "", nil
}

// keyOf is the key of an account, as the history spells it.
func keyOf(account string) string {
	if account == rules.PlatformAccount {
		return store.PlatformKey
	}
	return store.AccountKey(account)
}

// ahead reads how long something is to last.
func (s *Server) ahead(text string) (time.Time, error) {
	const longest = 720 * time.Hour
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > longest {
		return time.Time{}, badRequest("for: "+strconv.Quote(text)+" is no duration up to 720h", "write it as 2h or 30m")
	}
	return s.Now().Add(d).UTC().Truncate(time.Second), nil
}
