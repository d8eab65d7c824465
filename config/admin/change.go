package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"geogate/config/admin/proposal"
	"geogate/config/store"
	"geogate/rules"
	"geogate/rules/numplan"
)

// edit is one change as somebody asks for it.
type edit struct {
	why       string
	undoes    string // the entry of the history that it takes back; empty: none
	confirmed bool   // members of @high-risk may be opened
	// guard looks at the policy before, and may refuse; nil: nothing to look at.
	guard func(v *view) error
	// propose changes a copy of the policy.
	propose func(v *view, to *rules.Written) error
}

// attempts is how often a change is proposed anew while others change the same.
const attempts = 5

// change makes an edit: what it would do is judged by the engine and held against what p may do, and the difference
// is one MULTI with its entry in the log. What was looked at is what is changed, whoever else writes meanwhile.
func (s *Server) change(ctx context.Context, p *principal, e edit) (*view, error) {
	for attempt := 1; ; attempt++ {
		prop, v, err := s.propose(ctx, p, e, proposal.Assess)
		if err != nil {
			return nil, err
		}
		if len(prop.Changes) == 0 {
			return v, nil
		}
		if err := s.permit(p, prop, e.confirmed); err != nil {
			return nil, err
		}
		if err = s.apply(ctx, p, prop, e); err == nil {
			return s.reader.fresh(ctx)
		}
		if !errors.Is(err, store.ErrChanged) || attempt == attempts {
			return nil, storeProblem(err)
		}
	}
}

// propose makes the proposal of an edit on what Redis holds now. Without faults, that p may make it is certain.
func (s *Server) propose(
	ctx context.Context, p *principal, e edit, judge func(from, to rules.Written, now time.Time) *proposal.Proposal,
) (*proposal.Proposal, *view, error) {
	v, err := s.reader.fresh(ctx)
	if err != nil {
		return nil, nil, err
	}
	if e.guard != nil {
		if err := e.guard(v); err != nil {
			return nil, nil, err
		}
	}
	to := proposal.Clone(v.written)
	if err := e.propose(v, &to); err != nil {
		return nil, nil, err
	}
	if err := s.authorize(v, p, to, proposal.Changes(v.written, to)); err != nil {
		return nil, nil, err
	}
	prop := judge(v.written, to, s.Now())
	if len(prop.Faults) > 0 {
		return nil, nil, faultProblem(prop.Faults)
	}
	return prop, v, nil
}

// permit holds the risks of a proposal against who makes it.
func (s *Server) permit(p *principal, prop *proposal.Proposal, confirmed bool) error {
	if len(prop.Risks) == 0 || confirmed && !p.customer() {
		return nil
	}
	status, cure := http.StatusConflict, "look at the risks, and repeat the request with confirm_high_risk: true"
	if p.customer() {
		status, cure = http.StatusForbidden, "ask your provider to open them"
	}
	problem := problem(status, "nothing was changed: it opens members of @"+rules.HighRisk+", where messages are pumped most", cure)
	for _, risk := range prop.Risks {
		problem.Errors = append(problem.Errors, ProblemField{Message: risk})
	}
	return problem
}

func (s *Server) apply(ctx context.Context, p *principal, prop *proposal.Proposal, asked edit) error {
	earlier, err := s.Store.Log(ctx, 1)
	if err != nil {
		return err
	}
	e, _ := prop.Edit(len(earlier) > 0)
	e.By, e.Why, e.Undoes = p.who(), asked.why, asked.undoes
	if err := s.Store.Apply(ctx, e); err != nil {
		return err
	}
	var keys []string
	for _, c := range prop.Changes {
		keys = append(keys, c.Key) // fields may be numbers, which stand in no log of the process
	}
	keys = slices.Compact(keys)
	s.log.Info("the policy was changed", zap.String("who", e.By), zap.String("token", p.id),
		zap.String("what", proposal.Some(keys, 10)), zap.Int("fields", len(prop.Changes)))
	return nil
}

// authorize holds every field that would change against what p may change. All writes come through here.
func (s *Server) authorize(v *view, p *principal, to rules.Written, changes []store.Change) error {
	for _, c := range changes {
		kind, id, _ := strings.Cut(c.Key, ":")
		_, before := v.written.Accounts[id]
		_, after := to.Accounts[id]
		lives := before && after
		rule := isRule(c.Field)
		need := Admin
		switch {
		case p.customer():
			if kind != "account" || !lives || !v.sees(p, id) {
				return noAccount(id)
			}
			if err := customerMay(c); err != nil {
				return err
			}
			continue
		case kind == "account" && lives && (rule || c.Field == "status"), kind == rules.PlatformAccount, kind == "group":
			need = Operator
		}
		if !p.mayAtLeast(need) {
			s.log.Warn("refused", zap.String("who", p.name), zap.String("key", c.Key))
			return forbidden("the role "+string(p.role)+" may not change "+c.Key+" "+c.Field, "use a token with the role "+string(need))
		}
	}
	return nil
}

func isRule(field string) bool {
	_, err := rules.ParseMatch(numplan.Default(), field)
	return err == nil
}

// customerMay says what of their own account customers may not change: settings, locks, and what opens more than
// ordinary numbers of regions and ranges.
func customerMay(c store.Change) error {
	kept := c.Field == "status" && c.From == "" && c.To == "active" // keepHash
	match, err := rules.ParseMatch(numplan.Default(), c.Field)
	if err != nil && !kept {
		return forbidden(c.Field+" is a setting of your provider's", "ask your provider to change it")
	}
	if was, err := rules.ParseValue(c.From); err == nil && was.Action == rules.Lock {
		return forbidden(c.Field+" is locked by your provider", "ask your provider to unlock it")
	}
	if c.To == "" || kept {
		return nil
	}
	value, err := rules.ParseValue(c.To)
	switch {
	case err != nil:
		return nil // a fault, which is told in full
	case value.Action == rules.Block:
		return nil
	case value.Action != rules.Allow:
		return forbidden(value.Action.String()+" is not an action of customers", "use allow or block")
	case match.Rung == rules.RungNumber || match.HasClass && !numplan.Ordinary.Has(match.Class):
		return forbidden(c.Field+" would open numbers that are not ordinary ones", "open a region or a prefix, or ask your provider")
	}
	return nil
}

// keepHash keeps an account whose last field goes: without fields its key would be gone, and the account with it.
func keepHash(id string, hash map[string]string) {
	if len(hash) == 0 && id != rules.PlatformAccount {
		hash["status"] = "active"
	}
}

// fieldsOf is the hash of an account of a policy that is being changed.
func fieldsOf(to *rules.Written, id string) map[string]string {
	if id == rules.PlatformAccount {
		return to.Platform
	}
	return to.Accounts[id]
}

// matching guards a change of an account by the revision that was seen.
func matching(p *principal, id, ifMatch string) func(v *view) error {
	return func(v *view) error {
		hash, err := v.account(p, id)
		if err != nil {
			return err
		}
		if revision := revisionOf(hash); !holds(ifMatch, revision, true) {
			return changedMeanwhile(id, revision)
		}
		return nil
	}
}
