package admin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	goflag "flag"

	"geogate/config/admin/secret"
	"geogate/rules"
	"geogate/rules/numplan"
)

var update = goflag.Bool("update", false, "write docs/openapi.json anew")

// worked is a policy with a bit of everything.
var worked = []string{
	"HSET geo:account:acme home GB FR allow DE observe +33612 block",
	"HSET geo:account:acme-otp parent acme",
	"HSET geo:account:other home US",
	`HSET geo:platform +25263 "lock reason=ticket-812" RU lock`,
	"SADD geo:group:high-risk NG PK",
	"HSET geo:bind:acme1 account acme password x upstream_password y",
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	got, err := d.api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "docs", "openapi.json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(committed) != string(got)+"\n" {
		t.Error("docs/openapi.json is not what the API serves: go test ./config/admin -run OpenAPI -update, and look at the difference")
	}
	d.do("", "GET", "/openapi.json", "").want(200).has(`"openapi":"3.1.0"`)
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	d.do("", "GET", "/v1/me", "").want(401).has("geogate token create")
	d.do("viewer", "GET", "/v1/me", "").want(200).has(`"role":"viewer"`)
	d.do("customer:acme", "GET", "/v1/me", "").want(200).has(`"account":"acme"`)
	wrong := d.token("viewer")
	wrong = wrong[:len(wrong)-1] + string(wrong[len(wrong)-1]^1)
	d.do("", "GET", "/v1/me", "", "Authorization: Bearer "+wrong).want(401)
	d.do("", "GET", "/v1/me", "", "Authorization: Basic YWNtZTp4").want(401)
	d.do("customer:acme", "GET", "/v1/status", "").want(403).has("viewer is needed")

	t.Run("exchanged", func(t *testing.T) {
		d.do("operator", "GET", "/v1/me", "").want(200)
		id, _ := secret.TokenID(d.token("operator"))
		d.redis.Do("HSET geo:token:" + id + " hash " + secret.Hash("another"))
		d.do("operator", "GET", "/v1/me", "").want(401)
	})
	t.Run("revoked", func(t *testing.T) {
		tokens, err := d.store.Tokens(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for id, fields := range tokens {
			if fields[FieldName] == "viewer" {
				if err := d.store.DeleteToken(t.Context(), id, "test"); err != nil {
					t.Fatal(err)
				}
			}
		}
		d.do("viewer", "GET", "/v1/me", "").want(401)
	})
}

// TestExpiry lets a token expire, and refuses those whose fields make no sense.
func TestExpiry(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	for name, fields := range map[string][]string{
		"expired":    {FieldExpires, "2020-01-01T00:00:00Z"},
		"no time":    {FieldExpires, "tomorrow"},
		"no role":    {FieldRole, "king"},
		"no account": {FieldRole, "customer"},
		"an account": {FieldAccount, "acme"},
	} {
		d.token("viewer")
		ids, _ := d.store.Tokens(t.Context())
		for id := range ids {
			d.redis.Do("HSET geo:token:" + id + " " + fields[0] + " " + fields[1])
		}
		if d.do("viewer", "GET", "/v1/me", "").status != 401 {
			t.Errorf("%s: the token is good", name)
		}
		d.redis.Do("DEL geo:token:" + keysOf(ids)[0])
		delete(d.tokens, "viewer")
	}
}

func keysOf[V any](m map[string]V) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	return keys
}

// TestRedisAway serves what was known: the night shift has to see what is wrong.
func TestRedisAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	d.do("viewer", "GET", "/v1/accounts", "").want(200)
	d.redis.Kill()
	d.do("viewer", "GET", "/v1/status", "").want(200)
	d.do("viewer", "GET", "/v1/accounts", "").want(200).has("acme")
	d.do("viewer", "GET", "/v1/history", "").want(503)
	d.do("", "GET", "/v1/me", "", "Authorization: Bearer gg_0123456789abcdef_"+d.token("viewer")[20:]).want(503)
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC)
	d := newDesk(t, func(o *Options) { o.Rate, o.Now = 2, func() time.Time { return now } })
	for range 4 { // twice the rate at once, of a token
		d.do("viewer", "GET", "/v1/me", "").want(200)
	}
	r := d.do("viewer", "GET", "/v1/me", "").want(429).has("this token")
	if r.header.Get("Retry-After") == "" {
		t.Error("429 without Retry-After")
	}
	for range 3 {
		d.do("", "GET", "/openapi.json", "").want(200)
	}
	d.do("", "GET", "/openapi.json", "").want(429).has("this address")
	now = now.Add(time.Minute)
	d.do("viewer", "GET", "/v1/me", "").want(200)
}

// TestWrongTokens lets nobody guess.
func TestWrongTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC)
	d := newDesk(t, func(o *Options) { o.Now = func() time.Time { return now } })
	d.do("operator", "GET", "/v1/me", "").want(200)
	for range 10 {
		d.do("", "GET", "/v1/me", "", "Authorization: Bearer wrong").want(401)
	}
	d.do("viewer", "GET", "/v1/me", "").want(429).has("wrong tokens")
	d.do("operator", "GET", "/v1/me", "").want(200) // who was right before is not held up by whoever shares the address
	now = now.Add(5 * time.Second)
	d.do("viewer", "GET", "/v1/me", "").want(200)
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	var list accountList
	d.do("viewer", "GET", "/v1/accounts", "").want(200).into(&list)
	if len(list.Accounts) != 3 || list.Accounts[0].ID != "acme" || list.Accounts[0].Rules != 3 || list.Accounts[0].Binds != 1 {
		t.Errorf("the accounts are %+v", list.Accounts)
	}
	var a Account
	r := d.do("viewer", "GET", "/v1/accounts/acme-otp", "").want(200).has("ticket-812")
	r.into(&a)
	if len(a.Parents) != 1 || a.Parents[0] != "acme" || r.header.Get("ETag") != `"`+a.Revision+`"` {
		t.Errorf("acme-otp is %+v with ETag %s", a, r.header.Get("ETag"))
	}
	d.do("viewer", "GET", "/v1/accounts/platform", "").want(200).has("RU")
	d.do("viewer", "GET", "/v1/accounts/nobody", "").want(404)
	d.do("viewer", "GET", "/v1/groups/high-risk", "").want(200).has("NG")
	d.do("viewer", "GET", "/v1/binds", "").want(200).has("acme1", "secret").hasNot(`"password":"x"`)
	d.do("viewer", "GET", "/v1/nothing", "").want(404)
	d.do("viewer", "PUT", "/v1/accounts", "{}").want(405).has("GET")

	d.redis.Do("HSET geo:account:acme IT allow")
	d.do("viewer", "GET", "/v1/status", "").want(200)
	waitFor(t, d, "IT to be seen", func() bool {
		d.do("viewer", "GET", "/v1/accounts/acme", "").into(&a)
		return len(a.Rules) > 0 && contains(a.Rules, "IT")
	})
}

func contains(list []Rule, match string) bool {
	for _, r := range list {
		if r.Match == match {
			return true
		}
	}
	return false
}

// TestSessions says how many there are, and lists no more than it is asked for.
func TestSessions(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(o *Options) {
		o.Sessions = func() (list []Session) {
			for id := range uint64(1500) {
				list = append(list, Session{ID: id, Account: []string{"acme", "other", "acme-otp"}[id%3]})
			}
			return list
		}
	}, worked...)
	for path, want := range map[string][2]int{"": {1000, 1500}, "?limit=7": {7, 1500}, "?account=acme&limit=2000": {500, 500}} {
		var list sessionList
		d.do("viewer", "GET", "/v1/sessions"+path, "").want(200).into(&list)
		if len(list.Sessions) != want[0] || list.Total != want[1] {
			t.Errorf("%s: %d of %d, want %v", path, len(list.Sessions), list.Total, want)
		}
	}
	d.do("customer:acme", "GET", "/v1/sessions?limit=1", "").want(200).has(`"total":1000`).hasNot("other")
}

func TestRegionStates(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	want := map[string]RegionState{
		"GB": {State: "allowed", Inherited: true},
		"FR": {State: "allowed", Inherited: true, Exceptions: 1},
		"DE": {State: "observed", Inherited: true},
		"RU": {State: "blocked", Inherited: true, LockedBy: "platform"},
		"SO": {State: "blocked", Exceptions: 1},
		"IT": {State: "blocked"},
	}
	var got regionStates
	d.do("viewer", "GET", "/v1/accounts/acme-otp/regions", "").want(200).into(&got)
	for _, s := range got.Regions {
		if w, ok := want[s.Region]; ok {
			delete(want, s.Region)
			if s.State != w.State || s.Inherited != w.Inherited || s.LockedBy != w.LockedBy || s.Exceptions != w.Exceptions {
				t.Errorf("%s is %+v, want %+v", s.Region, s, w)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("no state of %v", want)
	}
	// Each exception can be found among the rules by its region, and a risk that is a prefix marks its region.
	d.do("viewer", "GET", "/v1/accounts/acme", "").want(200).has(`"match":"+33612"`, `"regions":["FR"]`, `"regions":["SO"]`)
	d.redis.Do("SADD geo:group:high-risk +3361")
	waitFor(t, d, "France to be a risk", func() bool {
		return strings.Contains(d.do("viewer", "GET", "/v1/regions", "").text, `"calling_codes":["+33"],"high_risk":true`)
	})
	d.redis.Do("SREM geo:group:high-risk +3361")
	d.do("viewer", "GET", "/v1/accounts/platform/regions", "").want(400)
	d.do("viewer", "GET", "/v1/regions", "").want(200).has(`"classes":["unassigned","mobile",`)
	waitFor(t, d, "France as it was", func() bool {
		const france = `"region":"FR","name":"France","continent":"Europe","calling_codes":["+33"],"high_risk":false`
		return strings.Contains(d.do("viewer", "GET", "/v1/regions", "").want(200).text, france)
	})
}

func TestDecide(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(o *Options) { o.StatusName = func(uint32) string { return "ESME_RINVDSTADR" } }, worked...)
	for destination, want := range map[string]string{
		"447400123456": "forward", "33698765432": "forward", "33612345678": "refuse", "79161234567": "refuse", "x": "refuse",
	} {
		var a Answer
		d.do("viewer", "POST", "/v1/decide", `{"account":"acme-otp","destination":"`+destination+`"}`).want(200).into(&a)
		if a.Verdict != want || a.Reason == "" || want == "refuse" && a.StatusName != "ESME_RINVDSTADR" {
			t.Errorf("%s: %+v, want %s", destination, a, want)
		}
	}
	d.do("viewer", "POST", "/v1/decide", `{"account":"acme","destination":"33612345678"}`).has(`+33612`, "decides")
	d.redis.Do("HSET geo:account:other dial.ton0 national dial.npi 1")
	d.verdict("other", "2015550123", "forward", "rule_region", `,"ton":0`)
	d.verdict("other", "12015550123", "refuse", "npi_unsupported", `,"npi":0`)
	d.do("viewer", "POST", "/v1/decide", `{"account":"acme"}`).want(422).has("body", "destination")
	d.do("viewer", "POST", "/v1/decide", `{`).want(400)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	kept := NewRefusals()
	d := newDesk(t, func(o *Options) { o.Refusals = kept }, worked...)
	for _, one := range [][2]string{{"acme", "33612345678"}, {"acme", "33612345679"}, {"other", "79161234567"}} {
		note(d, kept, one[0], one[1])
	}
	var list refusalList
	d.do("operator", "GET", "/v1/refusals", "").want(200).has("+33612345678").into(&list)
	if len(list.Refusals) != 3 || list.Refusals[0].Account != "other" || list.Refusals[1].Rule != "+33612" {
		t.Errorf("the refusals are %+v", list.Refusals)
	}
	d.do("viewer", "GET", "/v1/refusals", "").want(200).hasNot("+33612345678").has("+3361")
	d.do("viewer", "GET", "/v1/refusals?account=other", "").want(200).hasNot("acme").has("other")
	var sum Summary
	d.do("viewer", "GET", "/v1/refusals/summary?since=1h", "").want(200).into(&sum)
	if sum.Total != 3 || len(sum.ByRegion) != 2 || sum.ByRegion[0] != (RegionCount{"FR", 2}) || sum.ByPrefix[0].Count != 2 {
		t.Errorf("the summary is %+v", sum)
	}
	d.do("viewer", "GET", "/v1/refusals?since=tomorrow", "").want(400)
	d.do("viewer", "GET", "/v1/refusals?colour=red", "").want(422)
	d.do("viewer", "GET", "/v1/refusals?region=FR&reason=rule_range", "").want(200).has("+3361").hasNot("+7916")
	for _, region := range []string{"fr", "QQ", "France", "EN"} {
		d.do("viewer", "GET", "/v1/refusals?region="+region, "").want(422).has("query.region", "as FR", "/v1/regions", "cure")
	}
	d.do("viewer", "GET", "/v1/refusals?reason=geo&region=x", "").want(422).
		has("query.region", "query.reason", "default, rule_number", "throttled")

	// Of others, a customer learns nothing, not even how many there are.
	d.do("customer:acme", "GET", "/v1/refusals", "").want(200).has("acme").hasNot("other", "+7916")
	d.do("customer:acme", "GET", "/v1/refusals/summary", "").want(200).has(`"total":2`).hasNot("RU", "+7916")
}

// note judges a number and notes its refusal, as the proxy does.
func note(d *desk, kept *Refusals, account, number string) {
	var decision rules.Decision
	now := time.Now()
	d.store.Policy().Decide(account, &rules.Query{TON: 1, NPI: 1, Dest: []byte(number), Now: now.UnixNano()}, &decision)
	kept.Note(account, account+"1", []byte("Sender"), &decision, now)
}

// TestRefusalsAllocate: refusals come by the hundred thousand, just when somebody attacks.
func TestRefusalsAllocate(t *testing.T) {
	kept := NewRefusals()
	policy, _ := rules.Compile(numplan.Default(), rules.Written{Accounts: map[string]map[string]string{"acme": {"home": "GB"}}})
	var decision rules.Decision
	now := time.Now()
	policy.Decide("acme", &rules.Query{TON: 1, NPI: 1, Dest: []byte("33612345678"), Now: now.UnixNano()}, &decision)
	source := []byte("Sender")
	if n := testing.AllocsPerRun(2*ringSize, func() { kept.Note("acme", "acme1", source, &decision, now) }); n != 0 {
		t.Errorf("%v allocations for a refusal", n)
	}
}
