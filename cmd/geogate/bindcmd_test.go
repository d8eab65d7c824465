package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
)

func TestBindPassword(t *testing.T) {
	d := newDesk(t)
	d.must("account", "create", "acme", "--home", "GB")
	r := d.run("s3cret\nother\n", "bind", "set", "acme-1", "account=acme", "upstream_system_id=up",
		"--password-stdin", "--upstream-password-stdin")
	if r.code != exitOK {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	if got := d.redis.HGet("geo:bind:acme-1", "upstream_password"); got != "other" {
		t.Errorf("upstream_password is %q", got)
	}
	if hash := d.redis.HGet("geo:bind:acme-1", "password"); !verifies(t, hash, "s3cret") || verifies(t, hash, "s3cre") {
		t.Errorf("the hash %q does not tell the password from others", hash)
	}
	shown := r.out + r.err + d.must("bind", "show", "acme-1") + d.must("bind", "list", "--json") + d.must("log", "--json")
	for _, secret := range []string{"s3cret", "other", "$argon2id"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown in:\n%s", secret, shown)
		}
	}
	want(t, shown, "argon2id", "<secret>")
}

// verifies computes the hash anew from what its text says.
func verifies(t *testing.T, hash, password string) bool {
	t.Helper()
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		t.Fatalf("%q is no argon2id hash", hash)
	}
	var memory, passes uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil {
		t.Fatal(err)
	}
	salt, _ := base64.RawStdEncoding.DecodeString(parts[4])
	key, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		t.Fatal(err)
	}
	return string(argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(key)))) == string(key)
}

func TestBindPasswordAtATerminal(t *testing.T) {
	d := newDesk(t)
	d.must("account", "create", "acme", "--home", "GB")
	r := d.typed("s3cret\n", "bind", "set", "acme", "--password")
	if r.code != exitOK {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	want(t, r.err, "Password of acme:")
	if !verifies(t, d.redis.HGet("geo:bind:acme", "password"), "s3cret") {
		t.Error("another password was kept")
	}
}

func TestBindSet(t *testing.T) {
	for _, c := range []struct {
		name, stdin string
		args        []string
		err         string
	}{
		{"no account", "", []string{"account=nobody"}, "geogate account create nobody"},
		{"not its own", "", []string{"modes=tx"}, "account=ID"},
		{"nothing", "", nil, "without any field"},
		{"password as an argument", "", []string{"account=acme", "password=x"}, "--password-stdin"},
		{"password as the value of a flag", "", []string{"account=acme", "--password", "hunter2"}, "take no value"},
		{"the same without fields", "", []string{"--password-stdin", "hunter2"}, "take no value"},
		{"the same with =", "", []string{"account=acme", "--upstream-password=hunter2"}, "take no value"},
		{"long password", "ninechars\n", []string{"account=acme", "--password"}, "8 at most"},
		{"empty password", "\n", []string{"account=acme", "--password"}, "empty"},
		{"no password", "", []string{"account=acme", "--password"}, "standard input ended"},
		{"bad address", "", []string{"account=acme", "from=10.0.0.0/99"}, "CIDR"},
		{"bad mode", "", []string{"account=acme", "modes=both"}, "tx, rx, trx"},
		{"bad limit", "", []string{"account=acme", "max_binds=0"}, "max_binds"},
		{"unknown field", "", []string{"account=acme", "colour=red"}, "upstream_system_id"},
		{"no assignment", "", []string{"acme"}, "NAME=VALUE"},
	} {
		d := newDesk(t)
		d.redis.HSet("geo:account:acme", "home", "GB")
		r := d.run(c.stdin, append([]string{"bind", "set", "esme"}, c.args...)...)
		if r.code != exitError || !strings.Contains(r.err, c.err) {
			t.Errorf("%s: exit %d, want %q in: %s", c.name, r.code, c.err, r.err)
		}
		if strings.Contains(r.err, "hunter2") {
			t.Errorf("%s: the password is repeated: %s", c.name, r.err)
		}
		if d.redis.Exists("geo:bind:esme") {
			t.Errorf("%s: written all the same", c.name)
		}
	}
}

func TestBindChangeAndDelete(t *testing.T) {
	d := newDesk(t)
	d.must("account", "create", "acme", "--home", "GB")
	d.must("bind", "set", "esme", "account=acme", "from=192.0.2.0/24", "max_binds=3")
	d.must("bind", "set", "esme", "from=", "tps=10")
	var list []map[string]any
	if err := json.Unmarshal([]byte(d.must("bind", "list", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0]["from"] != nil || list[0]["tps"] != "10" || list[0]["max_binds"] != "3" {
		t.Errorf("the credential is %v", list)
	}
	want(t, d.refused("account", "delete", "acme", "--yes"), "geogate bind delete")
	want(t, d.refused("bind", "delete", "esme"), "--yes")
	d.must("bind", "delete", "esme", "--yes")
	want(t, d.refused("bind", "delete", "esme", "--yes"), "no credential")
}
