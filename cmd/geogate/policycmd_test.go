package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// filled is a desk with a small policy.
func filled(t *testing.T) *desk {
	d := newDesk(t)
	r := d.redis
	r.HSet("geo:account:acme", "home", "GB", "FR", "allow until=2028-01-01T00:00:00Z", "+4479;from=A", "block")
	r.HSet("geo:account:acme-otp", "parent", "acme")
	r.HSet("geo:platform", "IR", "lock")
	r.HSet("geo:bind:esme", "account", "acme", "password", "$argon2id$v=19$m=1,t=1,p=1$c2FsdHNhbHQ$aGFzaA")
	_, _ = r.SAdd("geo:group:eu", "FR", "DE")
	return d
}

func TestPolicyGoesThereAndBack(t *testing.T) {
	d := filled(t)
	file := filepath.Join(t.TempDir(), "policy.yaml")
	d.must("policy", "export", "-o", file)
	if r := d.run("", "policy", "diff", file); r.code != exitOK || !strings.Contains(r.out, "No difference") {
		t.Errorf("a policy differs from its export: exit %d\n%s%s", r.code, r.out, r.err)
	}
	fromStdout := d.must("policy", "export")
	if text, _ := os.ReadFile(file); string(text) != fromStdout {
		t.Errorf("export to a file and to standard output differ")
	}
	d.redis.FlushAll()
	r := d.run("", "policy", "diff", file)
	if r.code != exitRefused {
		t.Errorf("exit %d for an empty Redis, want %d", r.code, exitRefused)
	}
	if strings.Contains(r.out, "$argon2id") {
		t.Errorf("the diff shows a password hash:\n%s", r.out)
	}
	want(t, d.refused("policy", "import", file), "--yes")
	d.must("policy", "import", file, "--yes", "--why", "moved")
	if r := d.run("", "policy", "diff", file); r.code != exitRefused || strings.Contains(r.out, "account:") {
		t.Errorf("only @high-risk may differ: exit %d\n%s", r.code, r.out)
	}
	d.must("policy", "import", file, "--yes", "--prune")
	if r := d.run("", "policy", "diff", file, "--json"); r.code != exitOK || r.out != "[]\n" {
		t.Errorf("exit %d: %s", r.code, r.out)
	}
	want(t, d.must("log"), "moved")
}

func TestImportKeepsWhatTheFileDoesNotName(t *testing.T) {
	d := filled(t)
	file := filepath.Join(t.TempDir(), "policy.yaml")
	text := "schema: 1\naccounts:\n  acme:\n    home: DE\n  new:\n    home: IT\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	d.must("policy", "import", file, "--yes")
	if keys, _ := d.redis.HKeys("geo:account:acme"); len(keys) != 1 {
		t.Errorf("the account is taken whole, and holds %v", keys)
	}
	for _, key := range []string{"geo:account:new", "geo:account:acme-otp", "geo:platform", "geo:bind:esme", "geo:group:eu"} {
		if !d.redis.Exists(key) {
			t.Errorf("%s is gone", key)
		}
	}
	d.must("policy", "import", file, "--yes", "--prune")
	for _, key := range []string{"geo:account:acme-otp", "geo:platform", "geo:bind:esme", "geo:group:eu"} {
		if d.redis.Exists(key) {
			t.Errorf("%s is still there", key)
		}
	}
}

func TestImportOfABadFileChangesNothing(t *testing.T) {
	for name, text := range map[string]string{
		"bad rule":       "schema: 1\naccounts:\n  acme:\n    home: GB\n    GB: perhaps\n",
		"missing parent": "schema: 1\naccounts:\n  acme:\n    parent: nobody\n",
		"missing group":  "schema: 1\naccounts:\n  acme:\n    '@nobody': allow\n",
		"empty account":  "schema: 1\naccounts:\n  acme: {}\n",
		"wrong schema":   "schema: 2\n",
		"no YAML":        "\t",
		"unknown part":   "schema: 1\naccount:\n  acme:\n    home: GB\n",
	} {
		d := filled(t)
		file := filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if said := d.refused("policy", "import", file, "--yes"); said == "" {
			t.Errorf("%s: no word why", name)
		}
	}
}

// TestFaultsOfOthersDoNotStandInTheWay: what was wrong before a change does not stop it.
func TestFaultsOfOthersDoNotStandInTheWay(t *testing.T) {
	d := filled(t)
	d.redis.HSet("geo:account:odd", "ZZ", "allow")
	d.must("allow", "acme", "IT")
	want(t, d.must("status"), `account:odd, field "ZZ"`)
	want(t, d.must("account", "show", "odd"), "Not in force")
	want(t, d.refused("allow", "odd", "QQ"), `"QQ" is no region`)
	d.must("unset", "odd", "ZZ")
	if out := d.must("status"); strings.Contains(out, "not in force") {
		t.Errorf("the fault is still told:\n%s", out)
	}
}

func TestLog(t *testing.T) {
	d := filled(t)
	d.must("allow", "acme", "IT", "--by", "bob", "--why", "ticket 1\x1b[2J")
	d.must("lock", "platform", "SY", "--by", "eve")
	out := d.must("log")
	want(t, out, "bob: ticket 1", "account:acme  IT: - -> allow", "platform  SY: - -> lock")
	if strings.Contains(out, "\x1b") {
		t.Errorf("the log passes escape sequences on: %q", out)
	}
	if strings.Index(out, "eve") > strings.Index(out, "bob") {
		t.Errorf("the latest change is not the first:\n%s", out)
	}
	if out := d.must("log", "--account", "platform"); strings.Contains(out, "bob") {
		t.Errorf("changes of others are shown:\n%s", out)
	}
	var entries []struct {
		By, Why    string
		Generation int64
	}
	if err := json.Unmarshal([]byte(d.must("log", "-n", "1", "--json")), &entries); err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].By != "eve" || entries[0].Generation != 2 {
		t.Errorf("the latest entry is %+v", entries)
	}
	want(t, d.refused("log", "-n", "0"), "at least 1")
}

func TestAccept(t *testing.T) {
	d := filled(t)
	want(t, d.refused("policy", "accept"), "2 accounts", "--yes")
	want(t, d.must("policy", "accept", "--yes", "--by", "bob"), "Accepted: 2 accounts")
}

// TestReadingVerbsSpeakJSON: each gives one JSON document, also from a file.
func TestReadingVerbsSpeakJSON(t *testing.T) {
	d := filled(t)
	d.must("allow", "acme", "IT")
	file := filepath.Join(t.TempDir(), "policy.yaml")
	d.must("policy", "export", "-o", file)
	for _, command := range []string{
		"account list", "account show acme-otp", "account show platform", "group list", "group show eu", "bind list",
		"bind show esme", "status", "log", "check 447400123456 --account acme", "number 447400123456",
	} {
		r := d.run("", append(words(command), "--json")...)
		if !json.Valid([]byte(r.out)) || r.code != exitOK {
			t.Errorf("%s --json: exit %d: %s%s", command, r.code, r.out, r.err)
		}
		switch words(command)[0] {
		case "status", "log", "number":
			continue
		}
		if same := d.run("", append(words(command), "--json", "--policy", file)...); same.out != r.out {
			t.Errorf("%s: Redis and file differ:\n%s\n%s", command, r.out, same.out)
		}
	}
}
