package admin

import (
	"context"
	"time"
)

// Session is one session of an ESME, as the API shows it.
type Session struct {
	ID        uint64    `json:"id"`
	Remote    string    `json:"remote" doc:"address of the ESME"`
	Since     time.Time `json:"since"`
	State     string    `json:"state" doc:"session state of SMPP 3.4 s.2.2, as BOUND_TRX"`
	SystemID  string    `json:"system_id" doc:"empty before the bind"`
	Account   string    `json:"account"`
	Mode      string    `json:"mode,omitempty" doc:"the bind, as bind_transceiver"`
	Upstream  string    `json:"upstream,omitempty"`
	MCAddress string    `json:"mc_address,omitempty" doc:"address of the message centre"`
	Requests  uint64    `json:"requests" doc:"read from the ESME"`
	Forwarded uint64    `json:"forwarded"`
	Refused   uint64    `json:"refused" doc:"answered here with an error"`
	FromMC    uint64    `json:"from_mc" doc:"frames from the message centre"`
	InFlight  int       `json:"in_flight" doc:"requests that the message centre has not answered yet"`
}

// Me is who asks.
type Me struct {
	Name    string `json:"name"`
	Role    Role   `json:"role" enum:"customer,viewer,operator,admin"`
	Account string `json:"account,omitempty" doc:"the account of a customer"`
}

type sessionList struct {
	Sessions []Session `json:"sessions" doc:"the oldest first"`
	Total    int       `json:"total" doc:"how many there are, whatever limit says"`
}

func (s *Server) nodeRoutes() {
	register(s, operation{method: get, path: "/v1/me", id: "me", summary: "Who this token is", role: Customer, tag: "node"},
		func(_ context.Context, p *principal, _ *struct{}) (*body[Me], error) {
			return answer(Me{p.name, p.role, p.account})
		})
	register(s, operation{
		method: get, path: "/v1/status", id: "status", summary: "How this node is: policy, Redis, message centres, record",
		role: Viewer, tag: "node",
	}, func(context.Context, *principal, *struct{}) (*body[any], error) {
		if s.Status == nil {
			return answer(any(struct{}{}))
		}
		return answer(s.Status())
	})
	register(s, operation{
		method: get, path: "/v1/sessions", id: "sessions", summary: "Sessions of ESMEs on this node",
		role: Customer, tag: "node",
	}, s.sessions)
}

type sessionsIn struct {
	Limit   int    `query:"limit" minimum:"1" maximum:"100000" default:"1000"`
	Account string `query:"account" doc:"only those of this account"`
}

func (s *Server) sessions(ctx context.Context, p *principal, in *sessionsIn) (*body[sessionList], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	list := sessionList{Sessions: []Session{}}
	if s.Sessions == nil {
		return answer(list)
	}
	visible := v.filter(p)
	for _, one := range s.Options.Sessions() {
		// To a customer, a session without an account is a stranger's.
		if !visible(one.Account) || in.Account != "" && in.Account != one.Account {
			continue
		}
		if list.Total++; list.Total <= in.Limit {
			list.Sessions = append(list.Sessions, one)
		}
	}
	return answer(list)
}
