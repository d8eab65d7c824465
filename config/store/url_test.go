package store

import (
	"slices"
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Endpoint{
		"redis://h":                {Addrs: []string{"h:6379"}},
		"redis://:p%40ss@h:7000/2": {Addrs: []string{"h:7000"}, Password: "p@ss", DB: 2},
		"redis://ann:x@[::1]:7/":   {Addrs: []string{"[::1]:7"}, Username: "ann", Password: "x"},
		"REDIS://[::1]":            {Addrs: []string{"[::1]:6379"}},
		"redis+cluster://a:x@h1,h2:70": {
			Kind: Cluster, Addrs: []string{"h1:6379", "h2:70"}, Username: "a", Password: "x",
		},
		"redis+sentinel://u:p@h1:1,h2/3?master=m&sentinel_user=su&sentinel_password=sp": {
			Kind: Sentinel, Addrs: []string{"h1:1", "h2:26379"}, Username: "u", Password: "p", DB: 3,
			Master: "m", SentinelUsername: "su", SentinelPassword: "sp",
		},
	} {
		got, err := ParseURL(text)
		if err != nil || got.Kind != want.Kind || !slices.Equal(got.Addrs, want.Addrs) || got.DB != want.DB ||
			got.Username != want.Username || got.Password != want.Password || got.Master != want.Master ||
			got.SentinelUsername != want.SentinelUsername || got.SentinelPassword != want.SentinelPassword ||
			got.TLS != nil {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	secure, err := ParseURL("rediss://h")
	if err != nil || secure.TLS == nil || secure.TLS.ServerName != "h" || secure.TLS.InsecureSkipVerify {
		t.Errorf("rediss: %+v, %v", secure.TLS, err)
	}
}

func TestParseURLFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                   "the forms are",
		"localhost:6379":                     "the forms are",
		"http://h":                           "unknown form",
		"redis+ring://h":                     "unknown form",
		"redis://":                           "the forms are",
		"redis://:secret@":                   "address",
		"redis://:secret@h:port":             "address",
		"redis://h1,h2":                      "redis+sentinel://",
		"redis://:secret@h/x":                "database",
		"redis+cluster://h/1":                "database",
		"redis+sentinel://:secret@h":         "add ?master=NAME",
		"redis://h?master=m":                 "for redis+sentinel://",
		"redis://h?ca=x":                     "use rediss",
		"redis://h?pool_size=3":              "unknown parameter",
		"rediss://h?ca=/no/such/file":        "no such file",
		"rediss://h?cert=/no/such":           "both cert and key",
		"rediss://h?cert=/no/such&key=/none": "no such file",
		"redis://:sec%ret@h":                 "%XX",
		"redis://ann:secret@h?x=secret":      "unknown parameter",
	} {
		_, err := ParseURL(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error holds the password: %v", text, err)
		}
	}
}

func TestOptionFaultsComeAllAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Open(Options{URL: "redis://h", Idle: -1, MaxDrop: 2, Prefix: "geo :"})
	for _, part := range []string{"idle", "share", "prefix"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not name the %s", err, part)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{
		"platform": true, "account:a": true, "bind:b": true, "group:g": true, "account:a:b": true,
		"meta": false, "log": false, "account:": false, "group:": false, "watch": false, "accounts:a": false, "": false,
	} {
		if isPolicy(key) != want {
			t.Errorf("isPolicy(%q) = %v", key, !want)
		}
	}
	for prefix, want := range map[string]bool{"geo:": false, "{geo}:": true, "x{y}z": true, "{}:": false, "{geo": false} {
		if hashTagged(prefix) != want {
			t.Errorf("hashTagged(%q) = %v", prefix, !want)
		}
	}
	if got := globEscape.Replace(`a*b?[c]\`); got != `a\*b\?\[c\]\\` {
		t.Errorf("escaped %s", got)
	}
}
