package admin

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"geogate/config/admin/proposal"
	"geogate/rules"
	"geogate/rules/numplan"
)

// Region is a country or territory.
type Region struct {
	Region       string   `json:"region" example:"FR"`
	Name         string   `json:"name" example:"France"`
	Continent    string   `json:"continent" enum:"Africa,Americas,Asia,Europe,Oceania,Other"`
	CallingCodes []string `json:"calling_codes" example:"[\"+33\"]"`
	HighRisk     bool     `json:"high_risk" doc:"it, or a prefix in it, is a member of @high-risk, where messages are pumped most"`
}

type regionList struct {
	Regions []Region `json:"regions"`
	Classes []string `json:"classes" doc:"of numbers, as matches name them: FR/premium"`
}

// RegionState is what an account may do towards a region.
type RegionState struct {
	Region     string   `json:"region"`
	State      string   `json:"state" enum:"allowed,blocked,observed"`
	Reason     string   `json:"reason" doc:"why, as decisions give it"`
	Rule       *RuleRef `json:"rule,omitempty" doc:"the rule that decides"`
	Inherited  bool     `json:"inherited" doc:"the rule stands in another account"`
	LockedBy   string   `json:"locked_by,omitempty" doc:"the account, or platform, whose lock stops it"`
	Own        string   `json:"own,omitempty" doc:"the action that this account's own hash has for the region"`
	Exceptions int      `json:"exceptions" doc:"live rules about classes, ranges, numbers and senders inside"`
}

// RuleRef names a rule.
type RuleRef struct {
	Match   string `json:"match"`
	Value   string `json:"value,omitempty"`
	Account string `json:"account"`
}

type regionStates struct {
	Revision string        `json:"revision" doc:"of the account; the ETag"`
	Regions  []RegionState `json:"regions"`
}

func (s *Server) regionRoutes() {
	register(s, operation{
		method: get, path: "/v1/regions", id: "regions", summary: "Every country and territory of the numbering plan, and the classes of numbers",
		role: Customer, tag: "regions",
	}, s.regions)
	register(s, operation{
		method: get, path: "/v1/accounts/{id}/regions", id: "account-regions",
		summary: "Which regions are open to an account now, and why", role: Customer, tag: "regions",
		errors: []int{http.StatusNotFound},
	}, s.accountRegions)
}

// plain are the regions without what the policy says of them.
var plain = sync.OnceValue(func() []Region {
	list := []Region{}
	for _, r := range numplan.Regions() {
		code := r.String()
		one := Region{Region: code, Name: code, Continent: "Other", CallingCodes: []string{}}
		if known, err := language.ParseRegion(code); err == nil {
			one.Name, one.Continent = display.English.Regions().Name(known), continent(known)
		}
		if n := r.CallingCode(); n != 0 {
			one.CallingCodes = append(one.CallingCodes, "+"+strconv.Itoa(n))
		}
		list = append(list, one)
	}
	return list
})

// continents by their codes in UN M.49.
var continents = []struct{ code, name string }{
	{"002", "Africa"}, {"019", "Americas"}, {"142", "Asia"}, {"150", "Europe"}, {"009", "Oceania"},
}

func continent(r language.Region) string {
	for _, c := range continents {
		if language.MustParseRegion(c.code).Contains(r) {
			return c.name
		}
	}
	return "Other"
}

// highRisk lists the members of the group @high-risk.
func (v *view) highRisk() []string {
	if members, ok := v.written.Groups[rules.HighRisk]; ok {
		return members
	}
	return rules.HighRiskMembers
}

func (s *Server) regions(ctx context.Context, _ *principal, _ *struct{}) (*body[regionList], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	list, risky := slices.Clone(plain()), v.riskyRegions()
	for i := range list {
		list[i].HighRisk = risky[list[i].Region]
	}
	out := regionList{list, []string{}}
	for class := range numplan.AllClasses() {
		out.Classes = append(out.Classes, class.String())
	}
	return answer(out)
}

func (s *Server) accountRegions(ctx context.Context, p *principal, in *AccountIn) (*revised[regionStates], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	hash, err := v.account(p, in.ID)
	if err != nil {
		return nil, err
	}
	if in.ID == rules.PlatformAccount {
		return nil, badRequest("the platform has rules and sends nothing", "GET /v1/accounts/platform lists its rules")
	}
	states := regionStates{revisionOf(hash), s.states(v, p, in.ID)}
	return &revised[regionStates]{etag(states.Revision), states}, nil
}

// states asks the engine about an example number of each region, with the rules left out that are about less than a
// region: those are counted as exceptions.
func (s *Server) states(v *view, p *principal, id string) []RegionState {
	now := s.Now()
	coarse, _ := rules.Compile(numplan.Default(), v.coarse(id))
	account := coarse.Account(id)
	exceptions := v.exceptions(id, now)
	list := make([]RegionState, 0, numplan.NumRegions())
	for _, r := range numplan.Regions() {
		code := r.String()
		digits, ok := proposal.Example(code)
		if !ok {
			continue
		}
		var d rules.Decision
		coarse.DecideFor(account, &rules.Query{TON: 1, NPI: 1, Dest: digits, Now: now.UnixNano()}, &d)
		list = append(list, v.state(p, id, code, &d, exceptions[code]))
	}
	return list
}

func (v *view) state(p *principal, id, region string, d *rules.Decision, exceptions int) RegionState {
	state := RegionState{Region: region, State: "blocked", Reason: d.Reason.String(), Exceptions: exceptions}
	switch {
	case d.Verdict == rules.Forward && (d.Action == rules.Observe || d.Monitored):
		state.State = "observed"
	case d.Verdict == rules.Forward:
		state.State = "allowed"
	}
	if d.Rule != nil {
		state.Rule = &RuleRef{Match: d.Rule.Match(), Account: v.nameFor(p, d.Rule.Account())}
		if v.sees(p, d.Rule.Account()) {
			state.Rule.Value = d.Rule.Value()
		}
		state.Inherited = d.Rule.Account() != id
		if d.Reason == rules.Locked {
			state.LockedBy = state.Rule.Account
		}
	}
	if value, err := rules.ParseValue(v.written.Accounts[id][region]); err == nil {
		state.Own = value.Action.String()
	}
	return state
}

// coarse is the part of the policy that an account hangs on, without rules about less than a region.
func (v *view) coarse(id string) rules.Written {
	w := rules.Written{
		Accounts: map[string]map[string]string{}, Groups: map[string][]string{}, Platform: coarseRules(v.written.Platform),
	}
	for name, members := range v.written.Groups {
		w.Groups[name] = slices.DeleteFunc(slices.Clone(members), func(m string) bool { return fine(m) })
	}
	for range len(v.written.Accounts) + 1 {
		hash, ok := v.written.Accounts[id]
		if !ok {
			break
		}
		w.Accounts[id] = coarseRules(hash)
		id = hash["parent"]
	}
	return w
}

func coarseRules(hash map[string]string) map[string]string {
	hash = maps.Clone(hash)
	maps.DeleteFunc(hash, func(field, _ string) bool { return fine(field) })
	return hash
}

// fine reports whether a match is about less than a region, a calling code or all.
func fine(field string) bool {
	m, err := rules.ParseMatch(numplan.Default(), field)
	return err == nil && (m.Rung > rules.RungRegion || m.HasClass || m.HasSender)
}

// exceptions counts the live rules about parts of regions.
func (v *view) exceptions(id string, now time.Time) map[string]int {
	count := map[string]int{}
	d, ok := v.policy.Describe(id, nil, now)
	if !ok {
		return count
	}
	for _, r := range d.Rules {
		if r.Live && fine(r.Match) {
			for _, region := range regionsOf(r.Match) {
				count[region]++
			}
		}
	}
	return count
}

// regionsOf lists the regions of whose numbers a match speaks; none of a group, of any and of short codes.
func regionsOf(match string) []string {
	plan := numplan.Default()
	m, err := rules.ParseMatch(plan, match)
	var list []numplan.Region
	switch {
	case err != nil || m.Short || m.Group != "":
	case m.Rung == rules.RungRegion:
		list = append(list, m.Region)
	case m.Rung == rules.RungNumber:
		list = append(list, plan.Lookup([]byte(m.Digits)).Region)
	case m.Digits != "":
		list = plan.Covers(m.Digits)
	}
	var names []string
	for _, region := range list {
		if region != numplan.NoRegion {
			names = append(names, region.String())
		}
	}
	return names
}

// callingCode is the first calling code of a region: "+33".
func callingCode(region string) string {
	for _, r := range plain() {
		if r.Region == strings.ToUpper(region) && len(r.CallingCodes) > 0 {
			return r.CallingCodes[0]
		}
	}
	return ""
}
