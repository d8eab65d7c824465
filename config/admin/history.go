package admin

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"geogate/config/store"
	"geogate/rules"
)

// Entry is one change that was made.
type Entry struct {
	ID      string        `json:"id"`
	Time    time.Time     `json:"time"`
	Who     string        `json:"who"`
	Reason  string        `json:"reason,omitempty"`
	Key     string        `json:"key" doc:"that was changed; of several, the first"`
	Changes []EntryChange `json:"changes"`
	Undoes  string        `json:"undoes,omitempty" doc:"the id of the change that this one took back"`
	Final   string        `json:"final,omitempty" doc:"why it cannot be taken back; left out: it can, if what it changed is still so"`
}

// EntryChange is one field, or one member of a group.
type EntryChange struct {
	Key   string `json:"key"`
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

type history struct {
	Entries []Entry `json:"entries" doc:"the latest first"`
}

// searchDepth is how far back the history is looked through.
const searchDepth = 10_000

func (s *Server) historyRoutes() {
	register(s, operation{
		method: get, path: "/v1/history", id: "history", role: Customer, tag: "history",
		summary: "Who changed what, when and why; what was changed with redis-cli does not stand here",
	}, s.history)
	register(s, operation{
		method: post, path: "/v1/history/{id}/rollback", id: "rollback", role: Customer, tag: "history",
		summary: "Take a change back, if all that it changed is still as it left it",
		errors:  []int{http.StatusNotFound, http.StatusConflict},
	}, s.rollback)
}

func (s *Server) history(ctx context.Context, p *principal, in *struct {
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	Account string `query:"account" doc:"only changes of this account, or of the platform"`
}) (*body[history], error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, err
	}
	depth := in.Limit
	if in.Account != "" || p.customer() {
		depth = searchDepth
	}
	log, err := s.Store.Log(ctx, depth)
	if err != nil {
		return nil, storeProblem(err)
	}
	list := history{Entries: []Entry{}}
	for _, e := range log {
		one := v.entry(p, e)
		if len(list.Entries) < in.Limit && len(one.Changes) > 0 && (in.Account == "" || mentions(one, in.Account)) {
			list.Entries = append(list.Entries, one)
		}
	}
	return answer(list)
}

// entry is an entry of the log as p may see it.
func (v *view) entry(p *principal, e store.LogEntry) Entry {
	one := Entry{ID: e.ID, Time: e.At.UTC(), Who: e.By, Reason: e.Why, Changes: []EntryChange{}, Undoes: e.Undoes}
	if final := final(e.Changes); final != nil {
		one.Final = final.Detail
	}
	for _, c := range e.Changes {
		if id, ok := strings.CutPrefix(c.Key, "account:"); p.customer() && (!ok || !v.sees(p, id)) {
			continue
		}
		one.Changes = append(one.Changes, EntryChange(c))
	}
	if len(one.Changes) > 0 {
		one.Key = one.Changes[0].Key
	}
	if p.customer() && !strings.HasSuffix(e.By, customerMark+p.account+")") {
		one.Who, one.Reason = above, ""
	}
	return one
}

func mentions(e Entry, account string) bool {
	for _, c := range e.Changes {
		if c.Key == account || c.Key == "account:"+account {
			return true
		}
	}
	return false
}

func (s *Server) rollback(ctx context.Context, p *principal, in *struct {
	ID   string `path:"id" doc:"of the entry"`
	Body struct {
		Why
		ConfirmHighRisk bool `json:"confirm_high_risk,omitempty" doc:"members of @high-risk may be opened"`
	}
}) (*body[Entry], error) {
	target, err := s.find(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	why := "undo of " + target.ID
	if in.Body.Reason != "" {
		why += ": " + in.Body.Reason
	}
	v, err := s.change(ctx, p, edit{
		why: why, undoes: target.ID, confirmed: in.Body.ConfirmHighRisk,
		propose: func(_ *view, to *rules.Written) error { return undo(to, target.Changes) },
	})
	if err != nil {
		return nil, err
	}
	log, err := s.Store.Log(ctx, searchDepth)
	if err != nil {
		return nil, storeProblem(err)
	}
	for _, e := range log {
		if e.Undoes == target.ID {
			return answer(v.entry(p, e))
		}
	}
	return answer(v.entry(p, target))
}

// find looks for an entry all of which p may see.
func (s *Server) find(ctx context.Context, p *principal, id string) (store.LogEntry, error) {
	v, err := s.reader.view(ctx)
	if err != nil {
		return store.LogEntry{}, err
	}
	log, err := s.Store.Log(ctx, searchDepth)
	if err != nil {
		return store.LogEntry{}, storeProblem(err)
	}
	for _, e := range log {
		if e.ID == id && len(e.Changes) > 0 && len(v.entry(p, e).Changes) == len(e.Changes) {
			return e, nil
		}
	}
	return store.LogEntry{}, notFound("change", id, fmt.Sprintf("GET /v1/history lists them; the latest %d can be taken back", searchDepth))
}

// final says why changes can never be taken back; nil: they can.
func final(changes []store.Change) *Problem {
	hidden := rules.Secret("x").String()
	for _, c := range changes {
		if strings.HasPrefix(c.Key, "token:") {
			return problem(http.StatusBadRequest, "a token cannot be brought back", "make a new one with geogate token create")
		}
		if c.From == hidden || c.To == hidden {
			return problem(http.StatusBadRequest, "the history does not hold passwords", "PUT /v1/binds/{system_id} writes the password anew")
		}
	}
	return nil
}

// undo puts back what changes changed, if it is still as they left it.
func undo(to *rules.Written, changes []store.Change) error {
	if final := final(changes); final != nil {
		return final
	}
	var conflicts []ProblemField
	for _, c := range changes {
		at := fields{to, c.Key}
		if at.get(c.Field) != c.To {
			conflicts = append(conflicts, ProblemField{Location: c.Key + " " + c.Field, Message: "was changed again since"})
			continue
		}
		at.set(c.Field, c.From)
	}
	if len(conflicts) > 0 {
		p := problem(http.StatusConflict, "nothing was changed: some of it was changed again since", "take the later changes back first, or change it by hand")
		p.Errors = conflicts
		return p
	}
	return nil
}

// fields sees a hash or a set of a policy as fields.
type fields struct {
	to  *rules.Written
	key string
}

func (f fields) hashes() (hashes map[string]map[string]string, id string) {
	kind, id, _ := strings.Cut(f.key, ":")
	return map[string]map[string]map[string]string{
		"account": f.to.Accounts, "bind": f.to.Binds, "upstream": f.to.Upstreams,
		rules.PlatformAccount: {"": f.to.Platform},
	}[kind], id
}

func (f fields) get(field string) string {
	if name, ok := strings.CutPrefix(f.key, "group:"); ok {
		for _, m := range f.to.Groups[name] {
			if m == field {
				return m
			}
		}
		return ""
	}
	hashes, id := f.hashes()
	return hashes[id][field]
}

func (f fields) set(field, value string) {
	if name, ok := strings.CutPrefix(f.key, "group:"); ok {
		f.setMember(name, field, value != "")
		return
	}
	hashes, id := f.hashes()
	if hashes == nil {
		return
	}
	hash := hashes[id]
	switch {
	case value != "" && hash == nil:
		hashes[id] = map[string]string{field: value}
	case value != "":
		hash[field] = value
	default:
		if delete(hash, field); len(hash) == 0 && f.key != rules.PlatformAccount {
			delete(hashes, id)
		}
	}
}

func (f fields) setMember(group, member string, in bool) {
	members := f.to.Groups[group][:0:0]
	for _, m := range f.to.Groups[group] {
		if m != member {
			members = append(members, m)
		}
	}
	if in {
		members = append(members, member)
	}
	if f.to.Groups[group] = members; len(members) == 0 {
		delete(f.to.Groups, group)
	}
}
