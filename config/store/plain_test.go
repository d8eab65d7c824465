package store

import (
	"testing"

	"geogate/config/store/storetest"
)

// TestPlainCommands changes keys with every command that an operator or a script may use, under a prefix that is
// not the usual one.
func TestPlainCommands(t *testing.T) {
	t.Parallel()
	server := storetest.Start(t)
	server.Do("HSET eu/1:meta schema 1")
	server.Do("HSET eu/1:account:acme home GB")
	server.Do("HSET eu/1:account:beta home DE")
	server.Do("HSET geo:account:acme home GB FR allow") // another prefix, another policy
	opts := quick(server.URL())
	opts.Prefix = "eu/1:"
	f := tracking(t, opts)
	for _, step := range []struct {
		do, account, to string
		open            bool
	}{
		{"HMSET eu/1:account:acme FR allow", "acme", toFR, true},
		{"HDEL eu/1:account:acme FR", "acme", toFR, false},
		{"HSETNX eu/1:account:acme FR allow", "acme", toFR, true},
		{"RENAME eu/1:account:acme eu/1:account:moved", "acme", toGB, false},
		{"EXISTS eu/1:account:acme", "moved", toGB, true},
		{"RENAME eu/1:account:moved eu/1:account:acme", "acme", toGB, true},
		{"COPY eu/1:account:acme eu/1:account:copy", "copy", toFR, true},
		{"PEXPIRE eu/1:account:copy 20", "copy", toFR, false},
		{"RENAME eu/1:account:acme away", "acme", toGB, false},
		{"RENAME away eu/1:account:acme", "acme", toGB, true},
		{"SADD eu/1:group:near FR DE", "acme", toDE, false},
		{"HSET eu/1:account:acme @near allow", "acme", toDE, true},
		{"SREM eu/1:group:near DE", "acme", toDE, false},
		{"SMOVE eu/1:group:near eu/1:group:near FR", "acme", toFR, true},
		{"SADD eu/1:group:near +49", "acme", toDE, true},
		{"HSET eu/1:platform DE lock", "acme", toDE, false},
		{"DEL eu/1:platform", "acme", toDE, true},
		{"UNLINK eu/1:account:acme", "acme", toDE, false},
	} {
		server.Do(step.do)
		f.until(step.do, func() bool { return f.allows(step.account, step.to) == step.open })
	}
	server.Do("HSET eu/1:bind:esme account beta")
	f.until("the bind", func() bool { b, ok := f.Policy().Bind("esme"); return ok && b.Account == "beta" })
	server.Do("HSET eu/1:bind:esme account acme")
	f.until("its new account", func() bool { b, _ := f.Policy().Bind("esme"); return b.Account == "acme" })
	server.Do("DEL eu/1:bind:esme")
	f.until("no bind", func() bool { _, ok := f.Policy().Bind("esme"); return !ok })
	if s := f.Status(); s.Repairs != 0 || s.Held != nil || len(s.Faults) != 0 {
		t.Errorf("status %+v", s)
	}
}
