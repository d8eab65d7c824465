package admin

import (
	"context"
	"net/http"

	"geogate/config/admin/proposal"
	"geogate/rules"
)

// NewAccount is an account to be made.
type NewAccount struct {
	ID              string            `json:"id" minLength:"1" maxLength:"128" example:"acme-otp"`
	Fields          map[string]string `json:"fields" minProperties:"1" doc:"as in Redis: {\"home\": \"GB\"}, {\"parent\": \"acme\"}"`
	Reason          string            `json:"reason,omitempty" maxLength:"500"`
	ConfirmHighRisk bool              `json:"confirm_high_risk,omitempty"`
}

// Why is a reason for the history.
type Why struct {
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

type accountReason struct {
	AccountIn
	IfMatch string `header:"If-Match" doc:"the revision that was seen; left out: whatever it is"`
	Body    Why
}

func (s *Server) lifeRoutes() {
	failures := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed}
	register(s, operation{
		method: post, path: "/v1/accounts", id: "create-account", summary: "Make an account", role: Admin, tag: "accounts",
		errors: failures,
	}, s.createAccount)
	register(s, operation{
		method: remove, path: "/v1/accounts/{id}", id: "delete-account",
		summary: "Delete an account, once nothing hangs on it", role: Admin, tag: "accounts", errors: failures,
	}, s.deleteAccount)
	register(s, operation{
		method: post, path: "/v1/accounts/{id}/suspend", id: "suspend", summary: "Stop an account and all below it",
		role: Operator, tag: "accounts", errors: failures,
	}, func(ctx context.Context, p *principal, in *accountReason) (*revised[Account], error) {
		return s.setStatus(ctx, p, in, "suspended")
	})
	register(s, operation{
		method: post, path: "/v1/accounts/{id}/resume", id: "resume", summary: "Let a suspended account go on",
		role: Operator, tag: "accounts", errors: failures,
	}, func(ctx context.Context, p *principal, in *accountReason) (*revised[Account], error) {
		return s.setStatus(ctx, p, in, "active")
	})
}

func (s *Server) createAccount(ctx context.Context, p *principal, in *struct{ Body NewAccount }) (*revised[Account], error) {
	b := in.Body
	return s.changeAccount(ctx, p, b.ID, edit{
		why: b.Reason, confirmed: b.ConfirmHighRisk,
		propose: func(v *view, to *rules.Written) error {
			if _, taken := v.hash(b.ID); taken {
				return problem(http.StatusConflict, "there is an account "+b.ID+" already", "PATCH it, or choose another id")
			}
			to.Accounts[b.ID] = b.Fields
			return nil
		},
	})
}

type nothing struct{}

func (s *Server) deleteAccount(ctx context.Context, p *principal, in *struct {
	AccountIn
	IfMatch string `header:"If-Match" doc:"the revision that was seen; left out: whatever it is"`
}) (*nothing, error) {
	if in.ID == rules.PlatformAccount {
		return nil, badRequest("the platform cannot be deleted", "DELETE its rules one by one")
	}
	_, err := s.change(ctx, p, edit{
		guard: matching(p, in.ID, in.IfMatch),
		propose: func(v *view, to *rules.Written) error {
			if below := v.children(in.ID); len(below) > 0 {
				return problem(http.StatusConflict, "it is the parent of "+proposal.Some(below, 5), "delete them first, or give them another parent")
			}
			if binds := v.binds(in.ID); len(binds) > 0 {
				return problem(http.StatusConflict, "system_ids bind for it: "+proposal.Some(binds, 5), "delete these binds first")
			}
			delete(to.Accounts, in.ID)
			return nil
		},
	})
	return nil, err
}

func (s *Server) setStatus(ctx context.Context, p *principal, in *accountReason, status string) (*revised[Account], error) {
	if in.ID == rules.PlatformAccount {
		return nil, badRequest("the platform has rules only", "PUT /v1/accounts/platform/rules/any with the action lock stops everything")
	}
	return s.changeAccount(ctx, p, in.ID, edit{
		why: in.Body.Reason, confirmed: true, guard: matching(p, in.ID, in.IfMatch),
		propose: func(v *view, to *rules.Written) error {
			hash := to.Accounts[in.ID]
			if status == "active" && hash["status"] != "suspended" {
				d, _ := v.policy.Describe(in.ID, hash, s.Now())
				cure := "nothing is to be done"
				if d.Suspended != "" {
					cure = "resume " + d.Suspended + ", which stands above it"
				}
				return problem(http.StatusConflict, in.ID+" is not suspended itself", cure)
			}
			hash["status"] = status
			return nil
		},
	})
}
