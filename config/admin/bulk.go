package admin

import (
	"context"
	"net/http"
	"strings"

	"geogate/rules"
	"geogate/rules/numplan"
)

// RegionChange is what is to become of one region.
type RegionChange struct {
	Region string `json:"region" example:"FR"`
	Action string `json:"action" enum:"allow,block,observe,inherit" doc:"inherit takes the account's own rule away"`
}

// RegionResult is what became of it.
type RegionResult struct {
	Region string `json:"region"`
	OK     bool   `json:"ok"`
	Error  string `json:"error,omitempty"`
	State  string `json:"state,omitempty" doc:"what holds now, whatever was asked for"`
}

// RegionChanges are several at once.
type RegionChanges struct {
	Changes         []RegionChange `json:"changes" minItems:"1" maxItems:"1000"`
	Reason          string         `json:"reason,omitempty" maxLength:"500"`
	ConfirmHighRisk bool           `json:"confirm_high_risk,omitempty" doc:"members of @high-risk may be opened"`
}

type regionResults struct {
	Revision string         `json:"revision" doc:"of the account afterwards; the ETag"`
	Results  []RegionResult `json:"results" doc:"in the order of the changes"`
}

func (s *Server) bulkRoutes() {
	register(s, operation{
		method: patch, path: "/v1/accounts/{id}/regions", id: "patch-regions", role: Customer, tag: "regions",
		summary: "Open and close regions, with a result for each; those that can be changed are changed together",
		errors:  []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed},
	}, s.patchRegions)
}

func (s *Server) patchRegions(ctx context.Context, p *principal, in *struct {
	AccountIn
	IfMatch string `header:"If-Match" doc:"the revision that was seen; left out: whatever it is"`
	Body    RegionChanges
}) (*revised[regionResults], error) {
	if in.ID == rules.PlatformAccount {
		return nil, badRequest("the platform sends nothing", "PUT /v1/accounts/platform/rules/{match} writes a rule above every account")
	}
	v, refused, err := s.setRegions(ctx, p, in.ID, in.IfMatch, in.Body)
	if err != nil {
		return nil, err
	}
	states := map[string]string{}
	for _, state := range s.states(v, p, in.ID) {
		states[state.Region] = state.State
	}
	out := regionResults{Revision: revisionOf(v.written.Accounts[in.ID]), Results: []RegionResult{}}
	for i, c := range in.Body.Changes {
		region := strings.ToUpper(c.Region)
		out.Results = append(out.Results, RegionResult{Region: region, OK: refused[i] == "", Error: string(refused[i]), State: states[region]})
	}
	return &revised[regionResults]{etag(out.Revision), out}, nil
}

// refusedRegion is why one change of several is not made; empty: it is.
type refusedRegion string

// The reasons.
const (
	unknownRegion refusedRegion = "no such region: two letters of ISO 3166 are needed, as FR"
	namedTwice    refusedRegion = "the region stands in this request more than once: the last one counts"
	lockedRegion  refusedRegion = "locked: it stays closed until the lock is taken away"
	riskyRegion   refusedRegion = "high risk: ask your provider to open it"
)

// setRegions changes regions of an account in one edit, and returns why some of them were left out, by their places.
func (s *Server) setRegions(
	ctx context.Context, p *principal, id, ifMatch string, b RegionChanges,
) (v *view, refused []refusedRegion, err error) {
	v, err = s.change(ctx, p, edit{
		why: b.Reason, confirmed: b.ConfirmHighRisk, guard: matching(p, id, ifMatch),
		propose: func(v *view, to *rules.Written) error {
			refused = s.refusedRegions(v, p, id, b.Changes)
			hash := to.Accounts[id]
			for i, c := range b.Changes {
				region := strings.ToUpper(c.Region)
				switch {
				case refused[i] != "":
				case c.Action == "inherit":
					delete(hash, region)
				default:
					action, _ := rules.ParseAction(c.Action) // one of the enumeration
					hash[region] = rules.Value{Action: action}.String()
				}
			}
			keepHash(id, hash)
			return nil
		},
	})
	return v, refused, err
}

func (s *Server) refusedRegions(v *view, p *principal, id string, changes []RegionChange) []refusedRegion {
	locked := map[string]bool{}
	open := map[string]bool{}
	for _, state := range s.states(v, p, id) {
		locked[state.Region], open[state.Region] = state.LockedBy != "", state.State != "blocked"
	}
	risky := v.riskyRegions()
	refused := make([]refusedRegion, len(changes))
	last := map[string]int{}
	for i, c := range changes {
		region := strings.ToUpper(c.Region)
		opens := c.Action == "allow" || c.Action == "observe"
		own, _ := rules.ParseValue(v.written.Accounts[id][region])
		_, known := numplan.ParseRegion(region)
		switch {
		case !known:
			refused[i] = unknownRegion
		case locked[region] && opens, own.Action == rules.Lock && p.customer():
			refused[i] = lockedRegion
		case p.customer() && opens && !open[region] && risky[region]:
			refused[i] = riskyRegion
		}
		if before, ok := last[region]; ok && refused[before] == "" {
			refused[before] = namedTwice
		}
		last[region] = i
	}
	return refused
}

// riskyRegions are the members of @high-risk, and the regions in which a prefix of it lies.
func (v *view) riskyRegions() map[string]bool {
	risky := map[string]bool{}
	for _, member := range v.highRisk() {
		digits, isPrefix := strings.CutPrefix(member, "+")
		if !isPrefix {
			risky[member] = true
			continue
		}
		for _, region := range numplan.Default().Covers(digits) {
			risky[region.String()] = true
		}
	}
	return risky
}
