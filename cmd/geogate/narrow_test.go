package main

import (
	"slices"
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
