package admin

import (
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// tree is a policy of two resellers, each with secrets that the other must not see.
var tree = []string{
	"HSET geo:account:reseller home GB FR allow",
	"HSET geo:account:acme parent reseller DE allow NL lock",
	"HSET geo:account:acme-sub parent acme",
	"HSET geo:account:rival home US ZA allow",
	"HSET geo:account:rival-sub parent rival",
	"HSET geo:platform RU \"lock reason=inside-story\"",
	"HSET geo:bind:rivalbind account rival",
	"HSET geo:bind:acmebind account acme upstream_system_id internal-name",
	"SADD geo:group:high-risk NG PK",
}

// strangers are names that no customer of acme may ever read.
var strangers = []string{"rival", "reseller", "inside-story", "internal-name"}

// TestIsolation asks for every operation of the API about accounts of others, with every method that it has: none
// may answer, change or tell anything.
func TestIsolation(t *testing.T) {
	t.Parallel()
	kept := NewRefusals()
	d := newDesk(t, func(o *Options) {
		o.Refusals = kept
		o.Sessions = func() []Session {
			return []Session{{ID: 1, Account: "acme"}, {ID: 2, Account: "rival", SystemID: "rivalbind"}, {ID: 3, Remote: "192.0.2.1:1"}}
		}
	}, tree...)
	note(d, kept, "rival", "79161234567")
	d.do("admin", "PUT", "/v1/accounts/rival/rules/IT", `{"action":"allow","reason":"rival-secret"}`).want(200)
	var log history
	d.do("viewer", "GET", "/v1/history", "").want(200).into(&log)
	before := d.redis.Do("HGETALL geo:account:rival") + d.redis.Do("HGETALL geo:account:reseller") + d.redis.Do("HGETALL geo:platform")

	bodies := map[string]string{
		"PUT /v1/accounts/{id}/rules/{match}": `{"action":"block"}`, "PATCH /v1/accounts/{id}": `{"set":{"IT":"block"}}`,
		"PATCH /v1/accounts/{id}/regions":    `{"changes":[{"region":"IT","action":"block"}]}`,
		"POST /v1/accounts/{id}/preview":     `{"set":{"IT":"block"}}`,
		"POST /v1/decide":                    `{"account":"rival","destination":"447400123456"}`,
		"POST /v1/accounts":                  `{"id":"rival-new","fields":{"parent":"rival"}}`,
		"POST /v1/freeze":                    `{"prefix":"+1","for":"1h","reason":"x","account":"rival"}`,
		"PUT /v1/groups/{name}":              `{"members":["GB"]}`,
		"PUT /v1/binds/{system_id}":          `{"account":"rival"}`,
		"POST /v1/accounts/{id}/suspend":     `{}`,
		"POST /v1/accounts/{id}/resume":      `{}`,
		"POST /v1/history/{id}/rollback":     `{}`,
		"PATCH /v1/Messaging/GeoPermissions": "Permissions=%5B%5D",
	}
	asked := 0
	for path, item := range d.api.api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "PUT": item.Put, "POST": item.Post, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op == nil || strings.Contains(path, "Messaging") {
				continue
			}
			for _, account := range []string{"rival", "rival-sub", "reseller", "platform"} {
				asked++
				at := strings.NewReplacer("{id}", account, "{match}", "IT", "{name}", "high-risk", "{system_id}", "rivalbind").Replace(path)
				if strings.Contains(path, "/history/") {
					at = strings.Replace(path, "{id}", log.Entries[0].ID, 1)
				}
				if path == "/v1/freeze" && method == "DELETE" {
					at += "?prefix=RU&account=" + account
				}
				body := bodies[method+" "+path]
				if body == "" && (method == "PUT" || method == "POST" || method == "PATCH") {
					t.Fatalf("%s %s has no body in this test", method, path)
				}
				r := d.do("customer:acme", method, at, body)
				if strings.Contains(path, "{") && r.status < 400 || r.status >= 500 {
					t.Errorf("%s: status %d: %s", r.what, r.status, r.text)
				}
				if r.status < 400 {
					r.hasNot(append(strangers, "rival-secret")...)
				}
			}
		}
	}
	if asked < 4*20 {
		t.Errorf("only %d questions were asked", asked)
	}
	if after := d.redis.Do("HGETALL geo:account:rival") + d.redis.Do("HGETALL geo:account:reseller") + d.redis.Do("HGETALL geo:platform"); after != before {
		t.Errorf("something was changed:\n%s\n%s", before, after)
	}
}

// TestCustomer reads and changes what is a customer's own.
func TestCustomer(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, tree...)
	me := "customer:acme"
	d.do(me, "GET", "/v1/accounts", "").want(200).has(`"id":"acme"`, `"id":"acme-sub"`).hasNot(strangers...)
	d.do(me, "GET", "/v1/accounts/acme", "").want(200).has(`"account":"above"`).hasNot(strangers...)
	d.do(me, "GET", "/v1/accounts/acme-sub/regions", "").want(200).has(`"locked_by":"above"`).hasNot(strangers...)
	d.do(me, "POST", "/v1/decide", `{"account":"acme-sub","destination":"79161234567"}`).want(200).has("locked").hasNot(strangers...)
	d.do(me, "GET", "/v1/binds", "").want(200).has("acmebind").hasNot(strangers...)
	d.do(me, "GET", "/v1/sessions", "").want(200)

	d.do(me, "PUT", "/v1/accounts/acme/rules/IT", `{"action":"allow"}`).want(200)
	d.do(me, "PUT", "/v1/accounts/acme-sub/rules/+4479", `{"action":"block"}`).want(200)
	d.do(me, "DELETE", "/v1/accounts/acme-sub/rules/+4479", "").want(200) // its last field but parent
	for what, r := range map[string]reply{
		"its lock":         d.do(me, "DELETE", "/v1/accounts/acme/rules/NL", ""),
		"a way round it":   d.do(me, "PUT", "/v1/accounts/acme/rules/NL", `{"action":"allow"}`),
		"high risk":        d.do(me, "PUT", "/v1/accounts/acme/rules/NG", `{"action":"allow","confirm_high_risk":true}`),
		"everything":       d.do(me, "PUT", "/v1/accounts/acme/rules/any", `{"action":"allow","confirm_high_risk":true}`),
		"risk by a prefix": d.do(me, "PUT", "/v1/accounts/acme/rules/+234", `{"action":"allow","confirm_high_risk":true}`),
		"risk by a range":  d.do(me, "PUT", "/v1/accounts/acme/rules/+23480", `{"action":"allow","confirm_high_risk":true}`),
		"premium":          d.do(me, "PUT", "/v1/accounts/acme/rules/GB%2Fpremium", `{"action":"allow"}`),
		"one number":       d.do(me, "PUT", "/v1/accounts/acme/rules/=+2348012345678", `{"action":"allow"}`),
		"trust":            d.do(me, "PUT", "/v1/accounts/acme/rules/IT", `{"action":"trust"}`),
		"a setting":        d.do(me, "PATCH", "/v1/accounts/acme", `{"set":{"parent":"rival"}}`),
		"leaving":          d.do(me, "PATCH", "/v1/accounts/acme", `{"unset":["parent"]}`),
		"status":           d.do(me, "PATCH", "/v1/accounts/acme-sub", `{"set":{"status":"monitor"}}`),
		"suspension":       d.do(me, "POST", "/v1/accounts/acme-sub/suspend", `{}`),
		"a freeze":         d.do(me, "POST", "/v1/freeze", `{"prefix":"+44","for":"1h","reason":"x","account":"acme"}`),
		"the node":         d.do(me, "GET", "/v1/status", ""),
		"groups":           d.do(me, "GET", "/v1/groups", ""),
	} {
		if r.status != 403 {
			t.Errorf("%s: status %d: %s", what, r.status, r.text)
		} else {
			r.want(403)
		}
	}
	var got regionResults
	d.do(me, "PATCH", "/v1/accounts/acme/regions", `{"changes":[{"region":"ES","action":"allow"},{"region":"NG","action":"allow"},{"region":"NL","action":"block"},{"region":"RU","action":"allow"}]}`).want(200).into(&got)
	for i, ok := range []bool{true, false, false, false} {
		if got.Results[i].OK != ok {
			t.Errorf("%+v, want %v", got.Results[i], ok)
		}
	}
	d.do("operator", "PUT", "/v1/accounts/acme/rules/PT", `{"action":"block","reason":"staff-note"}`).want(200)
	d.do(me, "GET", "/v1/history", "").want(200).has(`"who":"above"`, "customer acme").hasNot(strangers...).hasNot(`"who":"operator`)
}
