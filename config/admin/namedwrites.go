package admin

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"geogate/config/admin/proposal"
	"geogate/config/admin/secret"
	"geogate/rules"
)

// Members are those of a group.
type Members struct {
	Members         []string `json:"members" minItems:"1" maxItems:"10000" doc:"regions and prefixes, as FR or +4479"`
	Reason          string   `json:"reason,omitempty" maxLength:"500"`
	ConfirmHighRisk bool     `json:"confirm_high_risk,omitempty" doc:"members of @high-risk may be opened"`
}

// NewBind is a credential to be written, whole.
type NewBind struct {
	Account          string `json:"account" minLength:"1"`
	Password         string `json:"password,omitempty" maxLength:"8" doc:"as the ESME sends it; kept as argon2id. Left out: as it is"`
	UpstreamSystemID string `json:"upstream_system_id,omitempty" maxLength:"15"`
	UpstreamPassword string `json:"upstream_password,omitempty" maxLength:"8" doc:"left out: as it is"`
	From             string `json:"from,omitempty" example:"192.0.2.0/24" doc:"networks, with commas"`
	Modes            string `json:"modes,omitempty" example:"tx,rx,trx"`
	MaxBinds         string `json:"max_binds,omitempty" pattern:"^[0-9]{0,7}$"`
	TPS              string `json:"tps,omitempty" pattern:"^[0-9]{0,9}$"`
	Reason           string `json:"reason,omitempty" maxLength:"500"`
}

// BindIn names a credential as it was seen.
type BindIn struct {
	SystemID string `path:"system_id" maxLength:"15" doc:"SMPP 3.4 s.5.2.1"`
	IfMatch  string `header:"If-Match" doc:"the revision that was seen; left out: whatever it is"`
}

func (s *Server) namedWrites() {
	failures := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed}
	register(s, operation{
		method: put, path: "/v1/groups/{name}", id: "put-group", summary: "Make a group hold exactly these members",
		role: Operator, tag: "groups", errors: failures,
	}, s.putGroup)
	register(s, operation{
		method: remove, path: "/v1/groups/{name}", id: "delete-group", summary: "Delete a group that no rule names",
		role: Operator, tag: "groups", errors: failures,
	}, s.deleteGroup)
	register(s, operation{
		method: put, path: "/v1/binds/{system_id}", id: "put-bind", summary: "Write a credential", role: Admin, tag: "binds",
		errors: failures,
	}, s.putBind)
	register(s, operation{
		method: remove, path: "/v1/binds/{system_id}", id: "delete-bind", summary: "Delete a credential", role: Admin,
		tag: "binds", errors: failures,
	}, s.deleteBind)
}

// GroupWrite names a group as it was seen.
type GroupWrite struct {
	GroupIn
	IfMatch string `header:"If-Match" doc:"the revision that was seen; left out: whatever it is"`
}

// guard holds If-Match against the group.
func (g *GroupWrite) guard(v *view) error {
	members, ok := v.written.Groups[g.Name]
	if revision := membersRevision(members); !holds(g.IfMatch, revision, ok) {
		return changedMeanwhile("group "+g.Name, revision)
	}
	return nil
}

func (s *Server) putGroup(ctx context.Context, p *principal, in *struct {
	GroupWrite
	Body Members
}) (*revised[Group], error) {
	v, err := s.change(ctx, p, edit{
		why: in.Body.Reason, confirmed: in.Body.ConfirmHighRisk, guard: in.guard,
		propose: func(_ *view, to *rules.Written) error {
			to.Groups[in.Name] = in.Body.Members
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	g := v.group(in.Name)
	return &revised[Group]{etag(g.Revision), g}, nil
}

func (s *Server) deleteGroup(ctx context.Context, p *principal, in *GroupWrite) (*nothing, error) {
	_, err := s.change(ctx, p, edit{
		guard: in.guard,
		propose: func(v *view, to *rules.Written) error {
			if _, ok := to.Groups[in.Name]; !ok {
				return notFound("group", in.Name, "GET /v1/groups lists them")
			}
			if users := v.group(in.Name).UsedBy; len(users) > 0 {
				return problem(http.StatusConflict, "rules of "+proposal.Some(users, 5)+" name it", "take these rules away first")
			}
			delete(to.Groups, in.Name)
			return nil
		},
	})
	return nil, err
}

// guard holds If-Match against the credential.
func (b *BindIn) guard(v *view) error {
	hash, ok := v.written.Binds[b.SystemID]
	if revision := revisionOf(hash); !holds(b.IfMatch, revision, ok) {
		return changedMeanwhile("bind "+b.SystemID, revision)
	}
	return nil
}

func (s *Server) putBind(ctx context.Context, p *principal, in *struct {
	BindIn
	Body NewBind
}) (*revised[Bind], error) {
	b := in.Body
	password := b.Password
	if password != "" {
		if strings.ContainsRune(password, 0) {
			return nil, badRequest("the password holds a NUL", "choose another one: SMPP ends a password with it")
		}
		password = secret.Hash(password)
	}
	v, err := s.change(ctx, p, edit{
		why: b.Reason, guard: in.guard,
		propose: func(v *view, to *rules.Written) error {
			if _, ok := v.written.Accounts[b.Account]; !ok {
				return noAccount(b.Account)
			}
			was := v.written.Binds[in.SystemID]
			hash := map[string]string{}
			for field, value := range map[string]string{
				"account": b.Account, "password": cmp.Or(password, was["password"]), "upstream_system_id": b.UpstreamSystemID,
				"upstream_password": cmp.Or(b.UpstreamPassword, was["upstream_password"]), "from": b.From, "modes": b.Modes,
				"max_binds": b.MaxBinds, "tps": b.TPS,
			} {
				if value != "" {
					hash[field] = value
				}
			}
			to.Binds[in.SystemID] = hash
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	bind := v.bind(p, in.SystemID)
	return &revised[Bind]{etag(bind.Revision), bind}, nil
}

func (s *Server) deleteBind(ctx context.Context, p *principal, in *BindIn) (*nothing, error) {
	_, err := s.change(ctx, p, edit{
		guard: in.guard,
		propose: func(_ *view, to *rules.Written) error {
			if _, ok := to.Binds[in.SystemID]; !ok {
				return notFound("bind", in.SystemID, "GET /v1/binds lists them")
			}
			delete(to.Binds, in.SystemID)
			return nil
		},
	})
	return nil, err
}
