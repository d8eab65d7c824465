package admin

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"geogate/config/admin/proposal"
	"geogate/config/admin/record"
	"geogate/config/store"
	"geogate/config/store/storetest"
	"geogate/rules"
)

// now are the fields of a key in Redis.
func (d *desk) field(key, field string) string {
	d.t.Helper()
	return d.redis.Do("HGET geo:" + key + " " + field)
}

const nothingThere = "<nil>"

func TestRules(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	var a Account
	d.do("operator", "PUT", "/v1/accounts/acme/rules/IT", `{"action":"allow","reason":"pilot"}`).want(200).into(&a)
	if got := d.field("account:acme", "IT"); !strings.HasPrefix(got, `allow reason="pilot" by="operator"`) {
		t.Errorf("Redis holds %s", got)
	}
	if got := d.redis.Do("XREVRANGE geo:log + - COUNT 1"); !strings.Contains(got, "operator (api)") || !strings.Contains(got, "pilot") {
		t.Errorf("the log's last entry is %s", got)
	}
	d.do("operator", "PUT", "/v1/accounts/acme/rules/FR%2Fpremium", `{"action":"block","until":"2099-01-01T00:00:00Z"}`).want(200)
	if got := d.field("account:acme", "FR/premium"); got != "block until=2099-01-01T00:00:00Z" {
		t.Errorf("Redis holds %s", got)
	}

	// What was seen before is not what is there now.
	d.redis.Do("HSET geo:account:acme ES allow")
	stale := `If-Match: "` + a.Revision + `"`
	d.do("operator", "DELETE", "/v1/accounts/acme/rules/IT", "", stale).want(412).has("If-Match")
	d.do("operator", "PUT", "/v1/accounts/acme/rules/IT", `{"action":"block"}`, stale).want(412)
	d.do("admin", "PATCH", "/v1/accounts/acme", `{"unset":["IT"]}`, stale).want(412)
	d.do("admin", "DELETE", "/v1/accounts/acme", "", stale).want(412)
	d.do("operator", "POST", "/v1/accounts/acme/suspend", `{}`, stale).want(412)
	if d.field("account:acme", "IT") == nothingThere {
		t.Error("a change was made although If-Match did not hold")
	}
	d.do("operator", "DELETE", "/v1/accounts/acme/rules/IT", "").want(200)
	if d.field("account:acme", "IT") != nothingThere || d.field("account:acme", "ES") != "allow" {
		t.Error("IT is still there, or the change by redis-cli is not")
	}
	d.do("operator", "DELETE", "/v1/accounts/acme/rules/IT", "").want(404)
	d.do("operator", "PUT", "/v1/accounts/acme/rules/Atlantis", `{"action":"allow"}`).want(400).has("Atlantis")
	d.do("operator", "PUT", "/v1/accounts/acme/rules/status", `{"action":"allow"}`).want(400)
	d.do("operator", "PUT", "/v1/accounts/acme/rules/IT", `{"action":"permit"}`).want(422)
	d.do("operator", "PUT", "/v1/accounts/acme/rules/IT", `{"action":"allow","until":"2001-01-01T00:00:00Z"}`).want(400)
	d.do("operator", "PUT", "/v1/accounts/nobody/rules/IT", `{"action":"allow"}`).want(404)
	d.do("operator", "PUT", "/v1/accounts/acme/rules/@nogroup", `{"action":"allow"}`).want(422).has("nogroup")
	d.do("viewer", "PUT", "/v1/accounts/acme/rules/IT", `{"action":"allow"}`).want(403).has("operator")

	// High risk is confirmed first.
	d.do("operator", "PUT", "/v1/accounts/acme/rules/NG", `{"action":"allow"}`).want(409).has("NG to acme", "confirm_high_risk")
	d.do("operator", "PUT", "/v1/accounts/acme/rules/NG", `{"action":"allow","confirm_high_risk":true}`).want(200)
}

// TestConcurrentWrites loses none of many changes of one account, by the API and by redis-cli.
func TestConcurrentWrites(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	d.token("operator")
	regions := strings.Fields("IT ES PT BE NL CH AT SE")
	var group sync.WaitGroup
	for i, region := range regions {
		group.Go(func() {
			d.redis.Do(fmt.Sprintf("HSET geo:account:acme =+4474001234%02d block", i))
			for {
				r := d.do("operator", "PUT", "/v1/accounts/acme/rules/"+region, `{"action":"allow"}`)
				if r.status != 409 {
					r.want(200)
					return
				}
			}
		})
	}
	group.Wait()
	for i, region := range regions {
		if d.field("account:acme", region) != "allow" || d.field("account:acme", fmt.Sprintf("=+4474001234%02d", i)) != "block" {
			t.Errorf("the change of %s was lost", region)
		}
	}
}

// TestWatched has somebody change an account between the look at it and the write: the write is not made, and what asked
// for it looks again.
func TestWatched(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	p := &principal{name: "test", role: Operator}
	prop, v, err := d.api.propose(t.Context(), p, edit{propose: func(_ *view, to *rules.Written) error {
		to.Accounts["acme"]["IT"] = "allow"
		return nil
	}}, proposal.Assess)
	if err != nil || len(prop.Changes) != 1 {
		t.Fatal(prop, err)
	}
	d.redis.Do("HSET geo:account:acme ES allow")
	if err := d.api.apply(t.Context(), p, prop, edit{}); !errors.Is(err, store.ErrChanged) || d.field("account:acme", "IT") != nothingThere {
		t.Errorf("it was written on what had changed: %v", err)
	}
	looks := 0
	if _, err := d.api.change(t.Context(), p, edit{propose: func(_ *view, to *rules.Written) error {
		if looks++; looks == 1 {
			d.redis.Do("HSET geo:account:acme PT allow")
		}
		to.Accounts["acme"]["IT"] = "allow"
		return nil
	}}); err != nil || looks != 2 || d.field("account:acme", "IT") != "allow" {
		t.Errorf("%d looks, %v", looks, err)
	}

	// Whatever an operation lets through, a customer changes nothing of others.
	customer := &principal{name: "test", role: Customer, account: "acme"}
	for _, key := range []string{"account:other", "account:nobody", "platform", "group:high-risk", "bind:acme1", "upstream:default"} {
		if d.api.authorize(v, customer, v.written, []store.Change{{Key: key, Field: "FR", To: "block"}}) == nil {
			t.Errorf("a customer may change %s", key)
		}
	}
	if err := d.api.authorize(v, customer, v.written, []store.Change{{Key: "account:acme-otp", Field: "FR", To: "block"}}); err != nil {
		t.Error(err)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	d.do("admin", "PATCH", "/v1/accounts/acme", `{"set":{"nanp":"exact","IT":"allow"},"unset":["DE"],"reason":"contract"}`).want(200)
	if d.field("account:acme", "nanp") != "exact" || d.field("account:acme", "DE") != nothingThere {
		t.Error("the fields were not written")
	}
	d.do("operator", "PATCH", "/v1/accounts/acme", `{"set":{"nanp":"pair"}}`).want(403).has("admin")
	d.do("admin", "PATCH", "/v1/accounts/acme", `{"set":{"nanp":"both"}}`).want(422).has("nanp")
	d.do("admin", "PATCH", "/v1/accounts/acme", `{"set":{"parent":"acme-otp"}}`).want(422)

	d.do("admin", "POST", "/v1/accounts", `{"id":"new","fields":{"home":"GB","parent":"acme"}}`).want(200).has(`"id":"new"`)
	d.do("admin", "POST", "/v1/accounts", `{"id":"new","fields":{"home":"GB"}}`).want(409)
	d.do("admin", "POST", "/v1/accounts", `{"id":"a b","fields":{"home":"GB"}}`).want(422)
	d.do("operator", "POST", "/v1/accounts", `{"id":"new2","fields":{"home":"GB"}}`).want(403)
	d.do("admin", "DELETE", "/v1/accounts/acme", "").want(409)
	d.do("admin", "DELETE", "/v1/accounts/new", "").want(204)
	d.do("viewer", "GET", "/v1/accounts/new", "").want(404)
}

func TestBulkRegions(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	var got regionResults
	d.do("operator", "PATCH", "/v1/accounts/acme/regions", `{"changes":[
		{"region":"IT","action":"allow"},{"region":"RU","action":"allow"},{"region":"QQ","action":"allow"},
		{"region":"FR","action":"inherit"},{"region":"es","action":"observe"},{"region":"GB","action":"block"}]}`).want(200).into(&got)
	want := []RegionResult{
		{"IT", true, "", "allowed"}, {"RU", false, string(lockedRegion), "blocked"}, {"QQ", false, string(unknownRegion), ""},
		{"FR", true, "", "blocked"}, {"ES", true, "", "observed"}, {"GB", true, "", "blocked"},
	}
	for i, w := range want {
		if got.Results[i] != w {
			t.Errorf("%+v, want %+v", got.Results[i], w)
		}
	}
	d.do("operator", "PATCH", "/v1/accounts/acme/regions", `{"changes":[{"region":"NG","action":"allow"}]}`).want(409).has("NG to acme")
	d.do("operator", "PATCH", "/v1/accounts/acme/regions", `{"changes":[{"region":"NG","action":"allow"}],"confirm_high_risk":true}`).want(200)
	d.do("operator", "PATCH", "/v1/accounts/acme/regions", `{"changes":[]}`).want(422)
	d.do("operator", "PATCH", "/v1/accounts/platform/regions", `{"changes":[{"region":"IT","action":"allow"}]}`).want(400)
	d.do("operator", "PATCH", "/v1/accounts/acme/regions", `{"changes":[{"region":"IT","action":"block"}]}`, `If-Match: "0"`).want(412)
}

func TestSuspendAndFreeze(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	d.do("operator", "POST", "/v1/accounts/acme/suspend", `{"reason":"unpaid"}`).want(200).has(`"suspended_by":"acme"`)
	d.verdict("acme-otp", "447400123456", "refuse", "account_suspended")
	d.do("operator", "POST", "/v1/accounts/acme-otp/resume", `{}`).want(409).has("resume acme")
	d.do("operator", "POST", "/v1/accounts/acme/resume", `{}`).want(200)
	d.verdict("acme-otp", "447400123456", "forward", "rule_region")

	var f Frozen
	d.do("operator", "POST", "/v1/freeze", `{"prefix":"+4474","for":"2h","reason":"pumping"}`).want(200).into(&f)
	d.verdict("acme", "447400123456", "refuse", "locked")
	if until, err := time.Parse(time.RFC3339, f.Until); err != nil || time.Until(until) > 2*time.Hour || time.Until(until) < time.Hour {
		t.Errorf("it ends %s", f.Until)
	}
	method, path, _ := strings.Cut(f.Undo, " ")
	d.do("operator", method, path, "").want(204)
	d.verdict("acme", "447400123456", "forward", "rule_region")
	d.do("operator", method, path, "").want(404)
	d.do("operator", "DELETE", "/v1/freeze?prefix=RU", "").want(404) // a lock for good is no freeze

	// A freeze in the place of a rule says so, and gives the place back, also when it was made longer meanwhile.
	for _, span := range []string{"1h", "2h"} {
		f = Frozen{}
		d.do("operator", "POST", "/v1/freeze", `{"prefix":"FR","for":"`+span+`","reason":"pumping","account":"acme"}`).want(200).into(&f)
		if want := map[string]string{"1h": "allow"}[span]; f.Replaced != want {
			t.Errorf("it stands in place of %q, want %q", f.Replaced, want)
		}
	}
	d.do("operator", "DELETE", "/v1/freeze?prefix=FR&account=acme", "").want(204)
	if got := d.field("account:acme", "FR"); got != "allow" {
		t.Errorf("after the freeze, FR is %s", got)
	}
	d.do("operator", "POST", "/v1/freeze", `{"prefix":"RU","for":"2h","reason":"x"}`).want(409)
	d.do("operator", "POST", "/v1/freeze", `{"prefix":"+4474","for":"forever","reason":"x"}`).want(400)
	d.do("viewer", "POST", "/v1/freeze", `{"prefix":"+4474","for":"2h","reason":"x"}`).want(403)
}

// verdict waits for the verdict of the policy in force; more is further members of the question.
func (d *desk) verdict(account, destination, verdict, reason string, more ...string) {
	d.t.Helper()
	storetest.Eventually(d.t, account+" to "+destination+": "+verdict, func() bool {
		var a Answer
		d.do("viewer", "POST", "/v1/decide", `{"account":"`+account+`","destination":"`+destination+`"`+strings.Join(more, "")+`}`).want(200).into(&a)
		return a.Verdict == verdict && a.Reason == reason
	})
}

func TestGroupsAndBinds(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	var g Group
	d.do("operator", "PUT", "/v1/groups/nordics", `{"members":["SE","NO","+4570"]}`).want(200).into(&g)
	d.do("operator", "PUT", "/v1/groups/nordics", `{"members":["SE"]}`, `If-Match: "`+g.Revision+`"`).want(200)
	d.do("operator", "PUT", "/v1/groups/nordics", `{"members":["NO"]}`, `If-Match: "`+g.Revision+`"`).want(412)
	d.do("operator", "PUT", "/v1/groups/nordics", `{"members":["Atlantis"]}`).want(422)
	d.do("operator", "PUT", "/v1/accounts/acme/rules/@nordics", `{"action":"allow"}`).want(200)
	d.do("operator", "DELETE", "/v1/groups/nordics", "").want(409).has("acme")
	d.do("operator", "DELETE", "/v1/accounts/acme/rules/@nordics", "").want(200)
	d.do("operator", "DELETE", "/v1/groups/nordics", "").want(204)

	d.do("admin", "PUT", "/v1/binds/acme2", `{"account":"acme","password":"s3cret","modes":"trx"}`).want(200).hasNot("s3cret", "argon2id")
	hash := d.field("bind:acme2", "password")
	if !strings.HasPrefix(hash, "$argon2id$") {
		t.Errorf("the password is kept as %s", hash)
	}
	d.do("admin", "PUT", "/v1/binds/acme2", `{"account":"acme"}`).want(200)
	if d.field("bind:acme2", "password") != hash || d.field("bind:acme2", "modes") != nothingThere {
		t.Error("the password that was left out has changed, or the modes have not")
	}
	d.do("operator", "PUT", "/v1/binds/acme2", `{"account":"acme"}`).want(403)
	d.do("admin", "PUT", "/v1/binds/acme2", `{"account":"nobody"}`).want(404)
	d.do("admin", "PUT", "/v1/binds/acme2", `{"account":"acme","modes":"sideways"}`).want(422)
	d.do("admin", "DELETE", "/v1/binds/acme2", "").want(204)
	d.do("admin", "DELETE", "/v1/binds/acme2", "").want(404)
}

// entries reads the answer as a history.
func (r reply) entries() []Entry {
	r.t.Helper()
	var list history
	r.into(&list)
	return list.Entries
}

func TestHistory(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	d.do("operator", "PUT", "/v1/accounts/acme/rules/IT", `{"action":"allow"}`).want(200)
	d.do("operator", "PATCH", "/v1/accounts/acme/regions", `{"changes":[{"region":"FR","action":"block"},{"region":"DE","action":"inherit"}],"reason":"oops"}`).want(200)
	var list history
	d.do("viewer", "GET", "/v1/history?account=acme", "").want(200).into(&list)
	if len(list.Entries) != 2 || list.Entries[0].Reason != "oops" || len(list.Entries[0].Changes) != 2 || list.Entries[0].Who != "operator (api)" {
		t.Fatalf("the history is %+v", list.Entries)
	}
	oops, first := list.Entries[0].ID, list.Entries[1].ID
	d.do("viewer", "POST", "/v1/history/"+oops+"/rollback", `{}`).want(403)
	var e Entry
	d.do("operator", "POST", "/v1/history/"+oops+"/rollback", `{"reason":"sorry"}`).want(200).into(&e)
	if e.Undoes != oops || d.field("account:acme", "FR") != "allow" || d.field("account:acme", "DE") != "observe" {
		t.Errorf("it was not taken back: %+v", e)
	}
	d.do("operator", "PUT", "/v1/accounts/acme/rules/ES", `{"action":"allow","reason":"undo of `+first+`"}`).want(200) // so they say
	for _, one := range d.do("viewer", "GET", "/v1/history", "").want(200).entries() {
		if token := strings.HasPrefix(one.Key, "token:"); token != (one.Final != "") || one.Undoes == first {
			t.Errorf("the history says %+v", one)
		}
	}
	d.redis.Do("HSET geo:account:acme IT block")
	d.do("operator", "POST", "/v1/history/"+first+"/rollback", `{}`).want(409).has("IT", "changed again")
	d.do("operator", "POST", "/v1/history/1-1/rollback", `{}`).want(404)

	// What was deleted comes back whole, but only for those who may make it.
	d.do("admin", "DELETE", "/v1/accounts/acme-otp", "").want(204)
	d.do("viewer", "GET", "/v1/history?limit=1", "").want(200).into(&list)
	d.do("operator", "POST", "/v1/history/"+list.Entries[0].ID+"/rollback", `{}`).want(403)
	d.do("admin", "POST", "/v1/history/"+list.Entries[0].ID+"/rollback", `{}`).want(200)
	if d.field("account:acme-otp", "parent") != "acme" {
		t.Error("the account did not come back")
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	var p Preview
	d.do("viewer", "POST", "/v1/accounts/acme/preview", `{"set":{"NG":"allow","IT":"allow"},"unset":["FR"]}`).want(200).into(&p)
	if len(p.Changes) != 3 || len(p.Risks) == 0 || len(p.Effect) == 0 || !strings.Contains(p.Effect[0], "opens IT, NG; closes FR") {
		t.Errorf("the preview is %+v", p)
	}
	if d.field("account:acme", "FR") != "allow" {
		t.Error("the preview changed something")
	}
	d.do("viewer", "POST", "/v1/accounts/acme/preview", `{"set":{"home":"Mars"}}`).want(422)
	d.do("viewer", "POST", "/v1/accounts/acme/preview", `{"set":{"IT":"allow"},"since":"24h"}`).want(409).has("record.directory")
	d.do("customer:acme", "POST", "/v1/accounts/other/preview", `{"set":{"IT":"allow"}}`).want(404)
	d.do("customer:acme", "POST", "/v1/accounts/acme/preview", `{"set":{"home":"FR"}}`).want(403)
}

// TestPreviewOfRecord puts recorded messages to a change.
func TestPreviewOfRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	recorder, err := record.Open(record.Options{Dir: dir, Node: "n1", Sample: 1, MaxSize: 1 << 20, MaxAge: time.Hour, Keep: 2, Buffer: 64,
		Command: func(uint32) string { return "submit_sm" }, Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, func(o *Options) { o.RecordDir = dir }, worked...)
	for account, number := range map[string]string{"acme": "33698765432", "acme-otp": "393331234567", "other": "33698765432"} {
		var decision rules.Decision
		q := rules.Query{TON: 1, NPI: 1, Dest: []byte(number), Now: time.Now().UnixNano()}
		d.store.Policy().Decide(account, &q, &decision)
		recorder.Decided(&record.Event{Account: account, Bind: account, Command: 4, Query: &q, Decision: &decision})
	}
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	change := `{"set":{"IT":"allow"},"unset":["FR"],"since":"1h"}`
	var p Preview
	d.do("operator", "POST", "/v1/accounts/acme/preview", change).want(200).has("+33698765432", "+393331234567").into(&p)
	if r := p.Recorded; r.Messages != 3 || r.WouldRefuse != 1 || r.WouldForward != 1 || r.Margin != 0 || len(r.ByRegion) != 2 || r.Partial {
		t.Errorf("the preview says %+v", r)
	}
	d.do("viewer", "POST", "/v1/accounts/acme/preview", change).want(200).has("+33698").hasNot("+33698765432")
	d.do("customer:acme-otp", "POST", "/v1/accounts/acme-otp/preview", `{"set":{"IT":"allow"},"since":"1h"}`).want(200).has(`"messages":1`)
	d.do("viewer", "POST", "/v1/accounts/acme/preview", `{"set":{"IT":"allow"},"since":"9000h"}`).want(400)
}
