package main

import (
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must("account", "create", "acme", "home=GB")
	token := strings.TrimSpace(d.must("token", "create", "night shift", "--role", "operator", "--quiet"))
	if !strings.HasPrefix(token, "gg_") {
		t.Errorf("the token is %q", token)
	}
	id := strings.Split(token, "_")[1]
	d.must("token", "create", "portal", "--role", "customer", "--account", "acme", "--expires", "24h")
	list := d.must("token", "list")
	for _, text := range []string{id, "night shift", "operator", "portal", "acme", "2027-01-16T12:00:00Z"} {
		if !strings.Contains(list, text) {
			t.Errorf("%q is not on the list:\n%s", text, list)
		}
	}
	if secret := strings.Split(token, "_")[2]; strings.Contains(list, secret) || strings.Contains(d.redis.Dump(), secret) {
		t.Error("the secret is shown, or kept")
	}
	for what, args := range map[string][]string{
		"--account is needed": {"token", "create", "x", "--role", "customer"},
		"and with no other":   {"token", "create", "x", "--role", "admin", "--account", "acme"},
		"no account":          {"token", "create", "x", "--role", "customer", "--account", "nobody"},
		"passed already":      {"token", "create", "x", "--role", "admin", "--expires", "2001-01-01T00:00:00Z"},
		"must be one of":      {"token", "create", "x", "--role", "king"},
		"token list":          {"token", "revoke", "0000000000000000"},
	} {
		if r := d.run("", args...); r.code != exitError || !strings.Contains(r.err, what) {
			t.Errorf("%v: exit %d: %s", args, r.code, r.err)
		}
	}
	d.must("token", "revoke", id)
	if strings.Contains(d.must("token", "list"), id) {
		t.Error("the token is still there")
	}
	if log := d.must("log"); !strings.Contains(log, "token:"+id) {
		t.Errorf("the log does not tell of it:\n%s", log)
	}
}
