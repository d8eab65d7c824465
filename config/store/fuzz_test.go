package store

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"geogate/rules"
)

// FuzzPolicyFile reads any text as a policy. What is read is written as a text that reads as the same.
func FuzzPolicyFile(f *testing.F) {
	for _, seed := range []string{
		"schema: 1\naccounts:\n  acme:\n    home: GB\n    \"+4479\": block\n",
		"schema: 1\nplatform: {any: lock}\nbinds: {a: {account: b}}\ngroups: {near: [FR, \"+44\"]}\n",
		"schema: 1\nupstreams: {mc: {\"h:1\": drain}}\n", "schema: 2\n", "accounts: {a: {}}\n",
		"schema: 1\naccounts: {a: {NO: allow, \"on\": \"yes\", x: !!binary AAEC}}\n", "a: &a [*a]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		policy, err := ReadPolicy(bytes.NewReader(text))
		if err != nil {
			return
		}
		var written bytes.Buffer
		if err := WritePolicy(&written, policy); err != nil {
			t.Fatal(err)
		}
		again, err := ReadPolicy(bytes.NewReader(written.Bytes()))
		if err != nil || !reflect.DeepEqual(policy, again) {
			t.Fatalf("%+v is written as\n%s\nwhich reads as %+v, %v", policy, written.Bytes(), again, err)
		}
		if content := contentOf(policy); !reflect.DeepEqual(contentOf(content.written()), content) {
			t.Fatalf("%+v does not come back from Redis's form", content)
		}
	})
}

// FuzzSnapshot damages a snapshot: a policy that was not written is never read.
func FuzzSnapshot(f *testing.F) {
	path := filepath.Join(f.TempDir(), "policy.snapshot")
	good := snapshot{Saved: time.Unix(1_800_000_000, 0).UTC(), Policy: rules.Written{
		Accounts: map[string]map[string]string{"acme": {"home": "GB", "\xff": "\x00"}},
	}}
	if err := writeSnapshot(path, good); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint16(0), uint16(0), whole)
	f.Add(uint16(30), uint16(1), []byte{'x'})
	f.Add(uint16(len(whole)), uint16(0), []byte("more"))
	f.Add(uint16(0), uint16(len(whole)), []byte{})
	f.Fuzz(func(t *testing.T, from, n uint16, put []byte) {
		start := min(int(from), len(whole))
		end := min(start+int(n), len(whole))
		damaged := bytes.Join([][]byte{whole[:start], put, whole[end:]}, nil)
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readSnapshot(path)
		if bytes.Equal(damaged, whole) {
			if err != nil || !reflect.DeepEqual(*got, good) {
				t.Fatalf("the whole snapshot reads as %+v, %v", got, err)
			}
			return
		}
		if err == nil {
			t.Fatalf("a damaged snapshot is believed: %+v", got)
		}
	})
}
