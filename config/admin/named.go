package admin

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"geogate/rules"
)

// Group is a named set of regions and prefixes.
type Group struct {
	Name     string   `json:"name" example:"high-risk"`
	Revision string   `json:"revision" doc:"the ETag"`
	Members  []string `json:"members" doc:"regions and prefixes, as FR or +4479"`
	UsedBy   []string `json:"used_by" doc:"accounts whose rules name it"`
}

// Bind is the credential of a system_id. Its passwords are never shown.
type Bind struct {
	SystemID string            `json:"system_id"`
	Revision string            `json:"revision" doc:"the ETag"`
	Account  string            `json:"account"`
	Fields   map[string]string `json:"fields" doc:"as written in Redis, secrets hidden"`
}

type groupList struct {
	Groups []Group `json:"groups"`
}

type bindList struct {
	Binds []Bind `json:"binds"`
}

func (s *Server) namedRoutes() {
	register(s, operation{
		method: get, path: "/v1/groups", id: "groups", summary: "The groups that rules name as @name", role: Viewer, tag: "groups",
	}, s.groups)
	register(s, operation{
		method: get, path: "/v1/groups/{name}", id: "group", summary: "One group", role: Viewer, tag: "groups",
		errors: []int{http.StatusNotFound},
	}, s.group)
	register(s, operation{
		method: get, path: "/v1/binds", id: "binds", summary: "Credentials of ESMEs", role: Customer, tag: "binds",
	}, s.binds)
}

func (s *Server) groups(ctx context.Context, _ *principal, _ *struct{}) (*body[groupList], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	list := groupList{Groups: []Group{}}
	for _, name := range slices.Sorted(maps.Keys(v.written.Groups)) {
		list.Groups = append(list.Groups, v.group(name))
	}
	return answer(list)
}

// GroupIn names a group.
type GroupIn struct {
	Name string `path:"name" example:"high-risk"`
}

func (s *Server) group(ctx context.Context, _ *principal, in *GroupIn) (*revised[Group], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := v.written.Groups[in.Name]; !ok {
		return nil, notFound("group", in.Name, "GET /v1/groups lists them")
	}
	g := v.group(in.Name)
	return &revised[Group]{etag(g.Revision), g}, nil
}

func (v *view) group(name string) Group {
	members := slices.Sorted(slices.Values(v.written.Groups[name]))
	g := Group{Name: name, Revision: membersRevision(members), Members: members, UsedBy: []string{}}
	for _, id := range slices.Sorted(maps.Keys(v.written.Accounts)) {
		if names(v.written.Accounts[id], name) {
			g.UsedBy = append(g.UsedBy, id)
		}
	}
	if names(v.written.Platform, name) {
		g.UsedBy = append(g.UsedBy, rules.PlatformAccount)
	}
	return g
}

// names reports whether a rule of the hash names the group.
func names(hash map[string]string, group string) bool {
	for field := range hash {
		if target(field) == "@"+group {
			return true
		}
	}
	return false
}

type bindsIn struct {
	Account string `query:"account" doc:"only those of this account"`
}

func (s *Server) binds(ctx context.Context, p *principal, in *bindsIn) (*body[bindList], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	list := bindList{Binds: []Bind{}}
	for _, id := range slices.Sorted(maps.Keys(v.written.Binds)) {
		b := v.bind(p, id)
		if v.sees(p, b.Account) && (in.Account == "" || in.Account == b.Account) {
			list.Binds = append(list.Binds, b)
		}
	}
	return answer(list)
}

// bindSecrets are the fields of a bind that are never shown.
var bindSecrets = []string{"password", "upstream_password"}

// bind is a credential as p may see it: how the message centre is bound to is the operator's business.
func (v *view) bind(p *principal, systemID string) Bind {
	hash := v.written.Binds[systemID]
	b := Bind{SystemID: systemID, Revision: revisionOf(hash), Account: hash["account"], Fields: maps.Clone(hash)}
	for _, field := range bindSecrets {
		if b.Fields[field] != "" {
			b.Fields[field] = rules.Secret(b.Fields[field]).String()
		}
	}
	if p.customer() {
		delete(b.Fields, "upstream_system_id")
		delete(b.Fields, "upstream_password")
	}
	return b
}
