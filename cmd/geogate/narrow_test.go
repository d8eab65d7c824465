package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestEmptyNarrowingIsRefused gives flags that narrow a rule without saying to what.
func TestEmptyNarrowingIsRefused(t *testing.T) {
	d := newDesk(t)
	d.redis.HSet("geo:account:acme", "home", "GB", "FR", "allow")
	for _, flag := range []string{"--for-sender=", "--for-class=", "--for-class=premium,", "--for-class=,premium"} {
		for _, verb := range []string{"allow", "block", "lock", "unset"} {
			want(t, d.refused(verb, "acme", "FR", flag), "empty", "leave the flag out")
		}
	}
	d.must("allow", "acme", "FR", "--for-class=premium,fixed", "--for-class", "personal", "--for-sender", "ACME")
	fields, err := d.redis.HKeys("geo:account:acme")
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"FR/premium;from=ACME", "FR/fixed;from=ACME", "FR/personal;from=ACME"} {
		if !slices.Contains(fields, field) {
			t.Errorf("no rule %s among %q", field, fields)
		}
	}
}

// TestMatchesThatAreNone says what was meant, and nothing about settings.
func TestMatchesThatAreNone(t *testing.T) {
	d := newDesk(t)
	d.redis.HSet("geo:account:acme", "home", "GB")
	for match, hint := range map[string]string{
		"fr": "they are in capitals, as FR", "44": "as a calling code it is +44", "0044": "as a calling code it is +44",
		"4479": "as the beginning of numbers it is +4479", "UK": "the United Kingdom is GB",
		"447970123456": "as one number it is =+447970123456, as the beginning of several +447970123456",
		"france":       "no region and no other match", "0": "no region and no other match",
	} {
		said := d.refused("allow", "acme", "DE", match)
		want(t, said, hint, "nothing was changed", "a match is")
		if strings.Contains(said, "the settings are") || strings.Contains(said, `"DE"`) {
			t.Errorf("%s: %s", match, said)
		}
	}
	want(t, d.refused("unset", "acme", "fr"), "as they are written, as GB and +44")
	want(t, d.refused("group", "set", "near", "44"), "as a calling code it is +44")
}

// TestOneIsSingular counts one of a thing, and heads the verbs with something that fits above any of them.
func TestOneIsSingular(t *testing.T) {
	d := newDesk(t)
	d.redis.HSet("geo:account:acme", "home", "GB")
	want(t, d.must("policy", "accept", "--yes"), "Accepted: 1 account.")
	for args, head := range map[string]string{"bind": "Operations:", "": "Commands:"} {
		var out, err bytes.Buffer
		run(t.Context(), append(strings.Fields(args), "--help"), &world{out: &out, err: &err})
		help := out.String() + err.String()
		if want(t, help, head); strings.Contains(help, "\npolicy\n") {
			t.Errorf("%q is headed policy:\n%s", args, help)
		}
	}
}

// TestFaultsNameTheCure has plain mistakes in Redis, and says what they are and what to write.
func TestFaultsNameTheCure(t *testing.T) {
	d := newDesk(t)
	d.redis.HSet("geo:account:low", "gb", "allow")
	d.redis.HSet("geo:account:odd", "sttaus", "suspended")
	d.redis.HSet("geo:platform", "status", "suspended")
	if err := d.redis.Set("geo:account:string", "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.redis.SAdd("geo:bind:acme", "x"); err != nil {
		t.Fatal(err)
	}
	d.redis.HSet("geo:group:near", "GB", "1")
	want(t, d.must("status"), `"gb" is no region: they are in capitals, as GB`, "the settings are home, parent",
		"account:string: the key does not hold a hash; look at it with TYPE",
		"bind:acme: the key does not hold a hash", "group:near: the key does not hold a set",
		`platform, field "status": neither a setting nor a rule: "status" is no region and no other match; a match is`)
}
