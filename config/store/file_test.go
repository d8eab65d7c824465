package store

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"geogate/rules"
)

func TestPolicyFile(t *testing.T) {
	t.Parallel()
	const text = `schema: 1
platform:
  "+25263": lock until=2026-11-24T10:00:00Z reason="pumping, ticket 812"
accounts:
  acme:
    =+447970123456: allow
    FR/premium;from=Acme: block
    NO: allow
    home: GB
    inherit: yes
binds:
  acme-1:
    account: acme
    max_binds: 5
groups:
  near: [FR, +33, NO]
upstreams:
  default:
    192.0.2.7:2775: drain sessions=end
`
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := rules.Written{
		Platform: map[string]string{"+25263": `lock until=2026-11-24T10:00:00Z reason="pumping, ticket 812"`},
		Accounts: map[string]map[string]string{"acme": {
			"=+447970123456": "allow", "FR/premium;from=Acme": "block", "NO": "allow", "home": "GB", "inherit": "yes",
		}},
		Binds:  map[string]map[string]string{"acme-1": {"account": "acme", "max_binds": "5"}},
		Groups: map[string][]string{"near": {"+33", "FR", "NO"}},

		Upstreams: map[string]map[string]string{"default": {"192.0.2.7:2775": "drain sessions=end"}},
	}
	if !reflect.DeepEqual(w, want) {
		t.Errorf("read %+v", w)
	}
	if err := SaveFile(path, w); err != nil {
		t.Fatal(err)
	}
	if again, err := LoadFile(path); err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("written and read: %+v, %v", again, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestPolicyFileFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                     "schema: 1",
		"schema: 2":                            "schema: 1",
		"accounts: {}":                         "schema: 1",
		"schema: 1\naccount: {}":               "account",
		"schema: 1\naccounts: {acme: {}}":      `account "acme" has no field`,
		"schema: 1\naccounts: {acme: }":        `account "acme" has no field`,
		"schema: 1\nbinds: {x: {}}":            `bind "x" has no field`,
		"schema: 1\ngroups: {near: []}":        `group "near" has no member`,
		"schema: 1\naccounts: {a: {FR: [1]}}":  "cannot unmarshal",
		"schema: 1\nplatform: {IR: a, IR: b}":  "already defined",
		"schema: 1\naccounts: [acme]":          "cannot unmarshal",
		"schema: 1\n\tplatform: {IR: lock}":    "tab",
		"schema: 1\nplatform: {IR: {x: lock}}": "cannot unmarshal",
	} {
		if _, err := ReadPolicy(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

func TestWrongTypesAreNotExported(t *testing.T) {
	t.Parallel()
	c := content{"account:acme": unreadableValue("account:acme"), "group:near": unreadableValue("group:near")}
	err := WritePolicy(io.Discard, c.written())
	if err == nil || !strings.Contains(err.Error(), "account:acme") || !strings.Contains(err.Error(), "group:near") {
		t.Errorf("error %v", err)
	}
}

// TestPolicyFileKeepsEveryText: whatever stands in Redis, exported and imported it is the same; so is a
// snapshot.
func TestPolicyFileKeepsEveryText(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(
		rapid.StringMatching(`[ -~é\n\t]{1,12}`),
		rapid.SampledFrom([]string{"NO", "+44", "yes", "null", "~", "1e3", "{", "&a", "<<"}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 6), func(b []byte) string { return string(b) }),
	)
	hash := rapid.MapOfN(text, text, 1, 4)
	path := filepath.Join(t.TempDir(), "snapshot")
	rapid.Check(t, func(t *rapid.T) {
		w := contentOf(rules.Written{
			Accounts: rapid.MapOfN(text, hash, 0, 3).Draw(t, "accounts"),
			Platform: rapid.MapOfN(text, text, 0, 2).Draw(t, "platform"),
			Binds:    rapid.MapOfN(text, hash, 0, 2).Draw(t, "binds"),
			Groups:   rapid.MapOfN(text, rapid.SliceOfN(text, 1, 3), 0, 2).Draw(t, "groups"),

			Upstreams: rapid.MapOfN(text, hash, 0, 2).Draw(t, "upstreams"),
		}).written()
		var file bytes.Buffer
		if err := WritePolicy(&file, w); err != nil {
			t.Fatal(err)
		}
		back, err := ReadPolicy(&file)
		if err != nil || !reflect.DeepEqual(back, w) {
			t.Fatalf("%+v came back as %+v, %v", w, back, err)
		}
		if err := writeSnapshot(path, snapshot{Policy: w}); err != nil {
			t.Fatal(err)
		}
		snap, err := readSnapshot(path)
		if err != nil || !reflect.DeepEqual(contentOf(snap.Policy), contentOf(w)) {
			t.Fatalf("%+v came back as %+v, %v", w, snap, err)
		}
	})
}
