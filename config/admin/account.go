package admin

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"geogate/config/admin/proposal"
	"geogate/rules"
	"geogate/rules/numplan"
)

// AccountRow is one account of the list.
type AccountRow struct {
	ID          string `json:"id"`
	Parent      string `json:"parent,omitempty"`
	Inherit     bool   `json:"inherit" doc:"whether the parent's rules apply too; locks and suspension always do"`
	Status      string `json:"status" enum:"active,monitor,suspended"`
	SuspendedBy string `json:"suspended_by,omitempty" doc:"the account, itself or above, that is suspended"`
	Home        string `json:"home,omitempty"`
	Rules       int    `json:"rules" doc:"its own, as written"`
	Faults      int    `json:"faults" doc:"what is written and not in force"`
	Binds       int    `json:"binds" doc:"system_ids whose credential names it"`
}

// Account is an account as the engine sees it.
type Account struct {
	ID          string    `json:"id"`
	Revision    string    `json:"revision" doc:"digest of what is written for it; the ETag"`
	SuspendedBy string    `json:"suspended_by,omitempty"`
	Settings    []Setting `json:"settings"`
	Parents     []string  `json:"parents" doc:"the nearest first"`
	Children    []string  `json:"children"`
	Binds       []string  `json:"binds"`
	Rules       []Rule    `json:"rules" doc:"its own, then those of the accounts above and of the platform"`
	Faults      []string  `json:"faults" doc:"what is written and not in force"`
	Findings    []string  `json:"findings" doc:"what looks odd"`
}

// Setting is one setting of an account.
type Setting struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Default bool   `json:"default" doc:"it is not written"`
}

// Rule is one rule that reaches an account.
type Rule struct {
	Match    string     `json:"match" example:"FR" doc:"as the field in Redis; home: what the setting implies"`
	Action   string     `json:"action" enum:"allow,block,observe,trust,lock"`
	Until    *time.Time `json:"until,omitempty"`
	After    *time.Time `json:"after,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	By       string     `json:"by,omitempty"`
	Account  string     `json:"account" doc:"where it stands"`
	Live     bool       `json:"live" doc:"it counts now"`
	LockOnly bool       `json:"lock_only" doc:"inherited as a lock, beyond an inherit=no"`
	Own      bool       `json:"own" doc:"it stands in this account"`
	Regions  []string   `json:"regions,omitempty" doc:"that it speaks of; left out: of any, or of those of a group"`
}

type accountList struct {
	Accounts []AccountRow `json:"accounts"`
}

// AccountIn names an account.
type AccountIn struct {
	ID string `path:"id" example:"acme" doc:"the account, or platform"`
}

// revised is an answer with its revision.
type revised[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func (s *Server) accountRoutes() {
	register(s, operation{
		method: get, path: "/v1/accounts", id: "accounts", summary: "The accounts that this token may see",
		role: Customer, tag: "accounts",
	}, s.accounts)
	register(s, operation{
		method: get, path: "/v1/accounts/{id}", id: "account", summary: "One account, its settings, and every rule that reaches it",
		role: Customer, tag: "accounts", errors: []int{http.StatusNotFound},
	}, s.account)
}

func (s *Server) accounts(ctx context.Context, p *principal, _ *struct{}) (*body[accountList], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	faults, binds := map[string]int{}, map[string]int{}
	for _, f := range v.faults {
		faults[f.Key]++
	}
	for _, hash := range v.written.Binds {
		binds[hash["account"]]++
	}
	list := accountList{Accounts: []AccountRow{}}
	for _, id := range slices.Sorted(maps.Keys(v.written.Accounts)) {
		if v.sees(p, id) {
			row := s.row(v, p, id)
			row.Faults, row.Binds = faults["account:"+id], binds[id]
			list.Accounts = append(list.Accounts, row)
		}
	}
	return answer(list)
}

func (s *Server) row(v *view, p *principal, id string) AccountRow {
	hash := v.written.Accounts[id]
	row := AccountRow{
		ID: id, Parent: v.nameFor(p, hash["parent"]), Inherit: hash["inherit"] != "no", Status: hash["status"],
		Home: hash["home"],
	}
	if row.Status == "" {
		row.Status = "active"
	}
	for field := range hash {
		if _, err := rules.ParseMatch(numplan.Default(), field); err == nil {
			row.Rules++
		}
	}
	if d, ok := v.policy.Describe(id, nil, s.Now()); ok {
		row.SuspendedBy = v.nameFor(p, d.Suspended)
	}
	return row
}

func (s *Server) account(ctx context.Context, p *principal, in *AccountIn) (*revised[Account], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	hash, err := v.account(p, in.ID)
	if err != nil {
		return nil, err
	}
	a := s.describe(v, p, in.ID, hash)
	return &revised[Account]{etag(a.Revision), a}, nil
}

func (s *Server) describe(v *view, p *principal, id string, hash map[string]string) Account {
	a := Account{
		ID: id, Revision: revisionOf(hash), Settings: []Setting{}, Parents: []string{}, Children: []string{},
		Binds: []string{}, Rules: []Rule{}, Faults: []string{}, Findings: []string{},
	}
	key, edited := id, []string(nil)
	if id == rules.PlatformAccount {
		a.Rules = s.platformRules(hash)
	} else {
		key, edited = "account:"+id, []string{id}
		d, _ := v.policy.Describe(id, hash, s.Now())
		a.SuspendedBy, a.Children, a.Binds = v.nameFor(p, d.Suspended), v.children(id), v.binds(id)
		for _, parent := range d.Chain {
			if v.sees(p, parent) {
				a.Parents = append(a.Parents, parent)
			}
		}
		for _, setting := range d.Settings {
			if setting.Name == "parent" && !setting.Default {
				setting.Value = v.nameFor(p, setting.Value)
			}
			a.Settings = append(a.Settings, Setting(setting))
		}
		for _, r := range d.Rules {
			a.Rules = append(a.Rules, v.rule(p, id, r))
		}
	}
	for _, f := range v.faults {
		if f.Key == key {
			a.Faults = append(a.Faults, f.Error())
		}
	}
	for _, f := range proposal.Lint(v.written, s.Now(), edited...) {
		if f.Account == id {
			a.Findings = append(a.Findings, f.String())
		}
	}
	return a
}

// rule is a rule as p may see it: of what stands above a customer, only that it is there.
func (v *view) rule(p *principal, id string, r rules.RuleInfo) Rule {
	out := Rule{
		Match: r.Match, Account: v.nameFor(p, r.Account), Live: r.Live, LockOnly: r.LockOnly, Own: r.Account == id,
		Regions: regionsOf(r.Match),
	}
	value, err := rules.ParseValue(r.Value)
	if err != nil {
		return out // a rule in force parses
	}
	out.Action, out.Until, out.After = value.Action.String(), timeOrNil(value.Until), timeOrNil(value.After)
	if v.sees(p, r.Account) {
		out.Reason, out.By = value.Reason, value.By
	}
	return out
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// platformRules lists the rules above every account.
func (s *Server) platformRules(hash map[string]string) []Rule {
	list := []Rule{}
	for _, field := range slices.Sorted(maps.Keys(hash)) {
		value, err := rules.ParseValue(hash[field])
		if err != nil {
			continue // among the faults
		}
		now := s.Now()
		list = append(list, Rule{
			Match: field, Action: value.Action.String(), Until: timeOrNil(value.Until), After: timeOrNil(value.After),
			Reason: value.Reason, By: value.By, Account: rules.PlatformAccount, Own: true, Regions: regionsOf(field),
			Live: !value.After.After(now) && (value.Until.IsZero() || value.Until.After(now)),
		})
	}
	return list
}
