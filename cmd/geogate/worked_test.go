package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"geogate/config/store"
	"geogate/rules"
)

// workedCase is one of the worked cases of the permission model.
type workedCase struct {
	ID    string
	Redis struct {
		Hashes map[string]map[string]string
		Sets   map[string][]string
	}
	Bind   string
	Now    string
	Source string          `json:"source_addr"`
	TON    json.RawMessage `json:"dest_addr_ton"`
	NPI    json.RawMessage `json:"dest_addr_npi"`
	Dest   string          `json:"destination_addr"`
	Expect map[string]any
}

func workedCases(t *testing.T) []workedCase {
	t.Helper()
	text, err := os.ReadFile("../../rules/testdata/decisions.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []workedCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// line is the question of the case.
func (c *workedCase) line() string {
	account, _ := json.Marshal(c.Bind)
	source, _ := json.Marshal(c.Source)
	dest, _ := json.Marshal(c.Dest)
	return fmt.Sprintf(`{"id":%q,"account":%s,"source_addr":%s,"dest_addr_ton":%s,"dest_addr_npi":%s,`+
		`"destination_addr":%s,"at":%q}`+"\n", c.ID, account, source, c.TON, c.NPI, dest, c.Now)
}

// fill writes what the case has in Redis.
func (c *workedCase) fill(r *miniredis.Miniredis) {
	r.FlushAll()
	for key, hash := range c.Redis.Hashes {
		for field, value := range hash {
			r.HSet(key, field, value)
		}
	}
	for key, members := range c.Redis.Sets {
		_, _ = r.SAdd(key, members...)
	}
}

// file writes the same as a policy file.
func (c *workedCase) file(t *testing.T) string {
	t.Helper()
	w := rules.Written{
		Accounts: map[string]map[string]string{}, Binds: map[string]map[string]string{}, Groups: map[string][]string{},
	}
	for key, hash := range c.Redis.Hashes {
		switch kind, id, _ := strings.Cut(strings.TrimPrefix(key, "geo:"), ":"); kind {
		case "platform":
			w.Platform = hash
		case "account":
			w.Accounts[id] = hash
		case "bind":
			w.Binds[id] = hash
		}
	}
	for key, members := range c.Redis.Sets {
		w.Groups[strings.TrimPrefix(key, "geo:group:")] = members
	}
	name := filepath.Join(t.TempDir(), "policy.yaml")
	if err := store.SaveFile(name, w); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestWorkedCases asks every worked case through the command line, over Redis and over a policy file.
func TestWorkedCases(t *testing.T) {
	d := newDesk(t)
	for _, c := range workedCases(t) {
		c.fill(d.redis)
		for _, from := range [][]string{{"over Redis"}, {"over a file", "--policy", c.file(t)}} {
			r := d.run(c.line(), append([]string{"check", "--batch", "-"}, from[1:]...)...)
			if r.code != exitOK {
				t.Errorf("%s %s: exit %d: %s%s", c.ID, from[0], r.code, r.out, r.err)
				continue
			}
			var answer map[string]any
			if err := json.Unmarshal([]byte(r.out), &answer); err != nil {
				t.Fatalf("%s: %v: %s", c.ID, err, r.out)
			}
			for name, value := range c.Expect {
				if answer[name] != value {
					t.Errorf("%s %s: %s is %v, want %v: %s", c.ID, from[0], name, answer[name], value, r.out)
				}
			}
		}
	}
}

// TestWorkedCasesOneByOne asks them without --batch: the answer and the exit code have to agree.
func TestWorkedCasesOneByOne(t *testing.T) {
	d := newDesk(t)
	for _, c := range workedCases(t) {
		c.fill(d.redis)
		r := d.run("", "check", c.Dest, "--account", c.Bind, "--from", c.Source, "--ton", string(c.TON),
			"--npi", string(c.NPI), "--at", c.Now, "--json", "--explain")
		want := map[any]int{"forward": exitOK, "refuse": exitRefused}[c.Expect["verdict"]]
		var answer map[string]any
		if err := json.Unmarshal([]byte(r.out), &answer); err != nil || r.code != want {
			t.Errorf("%s: exit %d, want %d, %v: %s%s", c.ID, r.code, want, err, r.out, r.err)
			continue
		}
		for name, value := range c.Expect {
			if answer[name] != value {
				t.Errorf("%s: %s is %v, want %v: %s", c.ID, name, answer[name], value, r.out)
			}
		}
	}
}
