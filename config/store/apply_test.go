package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"geogate/config/store/storetest"
	"geogate/rules"
)

func TestApplyIsOneMultiWithItsLogEntry(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	f := tracking(t, quick(server.URL()))
	ctx := t.Context()
	edit := Edit{By: "ann", Why: "ticket 7", Ops: []Op{
		Set("account:acme", "FR", `allow reason="pilot"`),
		Unset("account:beta", "nothing"),
		Create("bind:acme-1", map[string]string{"account": "acme", "password": "$2a$10$abcdefghijklmnopqrstuu"}),
		SetMembers("group:near", "FR", "DE", "FR"),
		Set("platform", "IR", "lock"),
	}}
	if err := f.Apply(ctx, edit); err != nil {
		t.Fatal(err)
	}
	f.wantAllowed("acme", toFR, true)
	if got := server.Do("HGET geo:meta generation"); got != "2" {
		t.Errorf("generation %s, want 2", got)
	}
	entries, err := f.Log(ctx, 10)
	if err != nil || len(entries) != 1 {
		t.Fatalf("log %v, %v", entries, err)
	}
	e := entries[0]
	want := []Change{
		{"account:acme", "FR", "", `allow reason="pilot"`},
		{"bind:acme-1", "account", "", "acme"}, {"bind:acme-1", "password", "", "<secret>"},
		{"group:near", "DE", "", "DE"}, {"group:near", "FR", "", "FR"},
		{"platform", "IR", "", "lock"},
	}
	if e.By != "ann" || e.Why != "ticket 7" || e.Generation != 2 || e.At.IsZero() ||
		!slices.Equal(e.Changes, want) {
		t.Errorf("entry %+v", e)
	}
	if strings.Contains(server.Do("XRANGE geo:log - +"), "$2a$") {
		t.Error("the log holds a password hash")
	}
	if err := f.Apply(ctx, edit.only("platform")); err != nil {
		t.Fatal(err)
	}
	if entries, _ := f.Log(ctx, 10); len(entries) != 1 {
		t.Error("an edit that changes nothing is in the log")
	}
}

// TestConcurrentEdits: many tools at once lose nothing.
func TestConcurrentEdits(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	s := openStore(t, server.URL())
	var group sync.WaitGroup
	for i := range 6 {
		group.Go(func() {
			edit := Edit{By: "tool", Ops: []Op{
				Set("account:acme", fmt.Sprintf("+4479%d", i), "block"),
				AddMembers("group:near", "FR", fmt.Sprintf("+33%d", i)),
			}}
			for {
				err := s.Apply(t.Context(), edit)
				if err == nil {
					return
				}
				if !errors.Is(err, ErrChanged) {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	w, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Accounts["acme"]) != 7 || len(w.Groups["near"]) != 7 {
		t.Errorf("after 6 edits: %v, %v", w.Accounts["acme"], w.Groups["near"])
	}
	if got := server.Do("HGET geo:meta generation"); got != "7" {
		t.Errorf("generation %s, want 7", got)
	}
}

func TestEditAgainstItsBase(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	s := openStore(t, server.URL())
	seen, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server.Do("HSET geo:account:beta DE allow") // somebody else, another account
	edit := Edit{By: "ann", Base: &seen, Ops: []Op{Set("account:acme", "FR", "allow")}}
	if err := s.Apply(t.Context(), edit); err != nil {
		t.Errorf("a change of another account is in the way: %v", err)
	}
	if err := s.Apply(t.Context(), edit); !errors.Is(err, ErrChanged) {
		t.Errorf("error %v, want ErrChanged", err)
	}
}

func TestSenselessEdits(t *testing.T) {
	t.Parallel()
	w := rules.Written{
		Accounts: map[string]map[string]string{"acme": {"home": "GB"}},
		Groups:   map[string][]string{"near": {"FR"}},
	}
	for what, c := range map[string]struct {
		op   Op
		want error
	}{
		"set on no account":       {Set("account:none", "FR", "allow"), ErrMissing},
		"unset on no account":     {Unset("account:none", "FR"), ErrMissing},
		"delete of nothing":       {Delete("bind:none"), nil},
		"create twice":            {Create("account:acme", map[string]string{"home": "FR"}), ErrExists},
		"create empty":            {Create("account:new", nil), nil},
		"unset of the last field": {Unset("account:acme", "home"), nil},
		"removal of the last":     {RemoveMembers("group:near", "FR"), nil},
		"a group of nobody":       {SetMembers("group:near"), nil},
		"fields of a group":       {Set("group:near", "FR", "allow"), nil},
		"members of an account":   {AddMembers("account:acme", "FR"), nil},
		"another key":             {Set("meta", "schema", "2"), nil},
		"no id":                   {Create("account:", map[string]string{"home": "GB"}), nil},
	} {
		m := NewMemory(w)
		err := m.Apply(t.Context(), Edit{By: "ann", Ops: []Op{Set("platform", "IR", "lock"), c.op}})
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", what, err, c.want)
		}
		if after, _ := m.Load(t.Context()); len(after.Platform) != 0 || len(after.Accounts["acme"]) != 1 {
			t.Errorf("%s: half of the edit was made: %v", what, after)
		}
	}
}

func TestApplyOnAWrongType(t *testing.T) {
	t.Parallel()
	server := storetest.Start(t)
	server.Do("SET geo:account:acme oops")
	s := openStore(t, server.URL())
	err := s.Apply(t.Context(), Edit{By: "ann", Ops: []Op{Set("account:acme", "FR", "allow")}})
	if err == nil || !strings.Contains(err.Error(), "wrong type") {
		t.Errorf("error %v", err)
	}
	again := Edit{By: "ann", Ops: []Op{
		Delete("account:acme"), Create("account:acme", map[string]string{"home": "GB"}),
	}}
	if err := s.Apply(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if got := server.Do("HGET geo:account:acme home"); got != "GB" {
		t.Errorf("home is %q", got)
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	m := NewMemory(rules.Written{Accounts: map[string]map[string]string{"acme": {"home": "GB"}}})
	if !allows(m.Policy(), "acme", toGB) || allows(m.Policy(), "acme", toFR) {
		t.Error("the first policy is wrong")
	}
	before, _ := m.Load(t.Context())
	edit := Edit{By: "ann", Ops: []Op{Set("account:acme", "FR", "allow")}}
	dry, err := edit.On(before)
	if err != nil || dry.Accounts["acme"]["FR"] != "allow" || before.Accounts["acme"]["FR"] != "" {
		t.Errorf("dry run %v, %v; before %v", dry, err, before)
	}
	if err := m.Apply(t.Context(), edit); err != nil {
		t.Fatal(err)
	}
	after, _ := m.Load(t.Context())
	if !allows(m.Policy(), "acme", toFR) || !maps.Equal(after.Accounts["acme"], dry.Accounts["acme"]) {
		t.Errorf("after %v", after)
	}
	if log, _ := m.Log(t.Context(), 5); len(log) != 1 || log[0].By != "ann" || log[0].Changes[0].To != "allow" {
		t.Errorf("log %v", log)
	}
}
