package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"geogate/config/admin/proposal"
	"geogate/config/admin/record"
	"geogate/rules"
)

// PreviewBody is a change to be looked at.
type PreviewBody struct {
	Fields
	Since string `json:"since,omitempty" example:"24h" doc:"how far back to look at recorded traffic, at most 168h; left out: not at all"`
}

// Preview is what a change would do.
type Preview struct {
	Revision string        `json:"revision" doc:"of the account as it is, for If-Match"`
	Changes  []FieldChange `json:"changes"`
	Risks    []string      `json:"risks" doc:"members of @high-risk that it opens"`
	Effect   []string      `json:"effect" doc:"what it opens and closes, on sample numbers of every region"`
	Notes    []string      `json:"notes" doc:"what would look odd afterwards"`
	Untried  int           `json:"untried" doc:"further accounts that the effect leaves out"`
	Recorded *Recorded     `json:"recorded,omitempty" doc:"what it would have done to recorded traffic"`
}

// FieldChange is one field that would change.
type FieldChange struct {
	Key   string `json:"key" doc:"in Redis, without the prefix"`
	Match string `json:"match" doc:"the field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// Recorded is what a change would have done to recorded traffic. Forwards may be a sample: then numbers are estimates.
type Recorded struct {
	From         time.Time        `json:"from"`
	To           time.Time        `json:"to"`
	Messages     uint64           `json:"messages" doc:"looked at, or stood for by what was"`
	WouldRefuse  uint64           `json:"would_refuse" doc:"that were forwarded"`
	WouldForward uint64           `json:"would_forward" doc:"that were refused"`
	Margin       uint64           `json:"margin" doc:"these numbers are right to this in 19 of 20 cases"`
	Missing      uint64           `json:"missing" doc:"events that the record says it lacks"`
	Partial      bool             `json:"partial" doc:"the record is so large that not all of it was read"`
	ByRegion     []RecordedRegion `json:"by_region"`
	Samples      []RecordedSample `json:"samples"`
}

// RecordedRegion counts the messages of a prefix.
type RecordedRegion struct {
	Region  string `json:"region"`
	Prefix  string `json:"prefix"`
	Account string `json:"account"`
	Refuse  uint64 `json:"refuse"`
	Forward uint64 `json:"forward"`
}

// RecordedSample is a number whose verdict would change.
type RecordedSample struct {
	Number  string `json:"number" doc:"masked, unless the role may see it"`
	Account string `json:"account"`
	Verdict string `json:"verdict" doc:"that it would have"`
	Reason  string `json:"reason"`
}

func (s *Server) previewRoutes() {
	register(s, operation{
		method: post, path: "/v1/accounts/{id}/preview", id: "preview", role: Customer, tag: "accounts",
		summary: "What a change would do, without making it: effect, risks, and the verdicts of recorded traffic",
		errors:  []int{http.StatusNotFound, http.StatusConflict},
	}, s.preview)
}

func (s *Server) preview(ctx context.Context, p *principal, in *struct {
	AccountIn
	Body PreviewBody
}) (*body[Preview], error) {
	e := fieldsEdit(in.ID, in.Body.Fields)
	e.guard = matching(p, in.ID, "")
	as := p
	if !p.customer() {
		as = &principal{p.id, p.name, Admin, ""} // to look is not to change
	}
	prop, v, err := s.propose(ctx, as, e, proposal.New)
	if err != nil {
		return nil, err
	}
	hash, _ := v.hash(in.ID)
	out := Preview{
		Revision: revisionOf(hash), Changes: []FieldChange{}, Risks: append([]string{}, prop.Risks...),
		Effect: []string{}, Notes: []string{}, Untried: prop.Untried,
	}
	for _, c := range prop.Changes {
		out.Changes = append(out.Changes, FieldChange{c.Key, c.Field, c.From, c.To})
	}
	for _, effect := range prop.Effects {
		out.Effect = append(out.Effect, effect.String())
	}
	for _, finding := range prop.Findings {
		out.Notes = append(out.Notes, finding.String())
	}
	if in.Body.Since != "" {
		if out.Recorded, err = s.recorded(ctx, v, p, prop, in.Body.Since); err != nil {
			return nil, err
		}
	}
	return answer(out)
}

// How much of the record a preview may read.
const (
	longestRecord   = 168 * time.Hour
	recordPatience  = 20 * time.Second
	samplesShown    = 20
	previewsAtATime = 1
)

// recorded puts recorded messages to both policies.
func (s *Server) recorded(
	ctx context.Context, v *view, p *principal, prop *proposal.Proposal, back string,
) (*Recorded, error) {
	if s.RecordDir == "" {
		return nil, problem(http.StatusConflict, "there is no record to look at", "set record.directory, or leave since out")
	}
	since, err := s.back(back, 0)
	if err != nil {
		return nil, err
	}
	if s.Now().Sub(since) > longestRecord {
		return nil, badRequest("since reaches too far back", "ask for 168h at most; geogate whatif has no such limit")
	}
	select {
	case s.previews <- struct{}{}:
		defer func() { <-s.previews }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	files, err := record.Files(s.RecordDir)
	if err != nil {
		return nil, problem(http.StatusServiceUnavailable, "the record cannot be read: "+err.Error(), "see to record.directory")
	}
	ctx, cancel := context.WithTimeout(ctx, recordPatience)
	defer cancel()
	visible := v.filter(p)
	preview := record.NewPreview(prop.Before, prop.After, s.Now())
	tally, err := record.Read(files, since, func(e *record.Entry) bool {
		if visible(e.Account) {
			preview.Add(e)
		}
		return ctx.Err() == nil
	})
	if err != nil {
		return nil, problem(http.StatusServiceUnavailable, "the record cannot be read: "+err.Error(), "see to record.directory")
	}
	out := summarize(preview, p)
	out.Missing, out.Partial = tally.Missing, errors.Is(ctx.Err(), context.DeadlineExceeded)
	return out, nil
}

func summarize(preview *record.Preview, p *principal) *Recorded {
	tried := preview.Tried()
	out := &Recorded{
		From: tried.First, To: tried.Last, Messages: tried.Refused + tried.StandFor,
		ByRegion: []RecordedRegion{}, Samples: []RecordedSample{},
	}
	for _, verdict := range []rules.Verdict{rules.Refuse, rules.Forward} {
		rows := preview.Rows(verdict)
		sum, margin := record.Sum(rows)
		out.Margin = max(out.Margin, margin)
		if verdict == rules.Refuse {
			out.WouldRefuse = sum
		} else {
			out.WouldForward = sum
		}
		for _, r := range rows {
			one := RecordedRegion{Region: r.Region, Prefix: r.Prefix, Account: r.Account}
			if verdict == rules.Refuse {
				one.Refuse = r.Messages
			} else {
				one.Forward = r.Messages
			}
			out.ByRegion = append(out.ByRegion, one)
			for _, number := range r.Samples {
				if len(out.Samples) < samplesShown {
					out.Samples = append(out.Samples, RecordedSample{shown(p, number), r.Account, r.Verdict, r.Reason})
				}
			}
		}
	}
	return out
}
