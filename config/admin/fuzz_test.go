package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"geogate/config/store/storetest"
)

// fuzzed are the operations that take what strangers send, each with a good request.
var fuzzed = []struct{ method, path, body string }{
	{"POST", "/v1/decide", `{"account":"acme","destination":"33612345678","ton":1,"npi":1,"source":"x","at":"2027-01-01T00:00:00Z"}`},
	{"PUT", "/v1/accounts/acme/rules/@", `{"action":"allow","until":"2099-01-01T00:00:00Z","reason":"pilot"}`},
	{"PATCH", "/v1/accounts/acme", `{"set":{"FR":"allow","+4479":"block until=2099-01-01T00:00:00Z"},"unset":["DE"],"reason":"x"}`},
	{"PATCH", "/v1/accounts/acme/regions", `{"changes":[{"region":"IT","action":"allow"},{"region":"FR","action":"inherit"}]}`},
	{"POST", "/v1/accounts/@/preview", `{"set":{"IT":"allow"},"unset":["DE"],"since":"1h"}`},
	{"POST", "/v1/freeze", `{"prefix":"+25263","for":"2h","reason":"pumping","account":"platform"}`},
	{"PUT", "/v1/groups/@", `{"members":["GB","+4479"]}`},
	{"PUT", "/v1/binds/@", `{"account":"acme","password":"secret","modes":"trx","from":"192.0.2.0/24","tps":"5"}`},
	{"POST", "/v1/accounts", `{"id":"fresh","fields":{"home":"GB","parent":"acme"}}`},
	{"POST", "/v1/history/@/rollback", `{"reason":"x"}`},
	{"PATCH", twilioPath, `Permissions=[{"country_code":"IT","type":"country","enabled":true}]`},
}

// FuzzAPI sends what it likes as an admin and as a customer. Nothing may crash, or be answered but by the book; what is
// written must be in force without a fault; and a customer must neither read nor change what is not theirs.
func FuzzAPI(f *testing.F) {
	for i, op := range fuzzed {
		f.Add(uint8(i), false, "IT", "", op.body)
		f.Add(uint8(i), true, "acme", `"0"`, op.body)
		f.Add(uint8(i), true, "rival", "*", strings.ReplaceAll(op.body, "acme", "rival"))
	}
	d := newDesk(f, nil, tree...)
	headers := map[string]string{}
	for _, who := range []string{"admin", "customer:acme"} {
		headers[who] = "Bearer " + d.token(who)
		_, headers[who+" basic"], _ = strings.Cut(d.basic("acme", who), ": ")
	}
	client := d.redis.Client()
	f.Fuzz(func(t *testing.T, n uint8, customer bool, part, ifMatch, body string) {
		op := fuzzed[int(n)%len(fuzzed)]
		request := httptest.NewRequestWithContext(t.Context(), op.method, strings.ReplaceAll(op.path, "@", url.PathEscape(part)), strings.NewReader(body))
		who := "admin"
		if customer {
			who = "customer:acme"
		}
		request.Header.Set("Authorization", headers[who])
		request.Header.Set("Content-Type", "application/json")
		if op.path == twilioPath {
			request.Header.Set("Authorization", headers[who+" basic"])
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if ifMatch != "" {
			request.Header["If-Match"] = []string{ifMatch}
		}
		restore(t, client)
		before := others(t, client)
		w := httptest.NewRecorder()
		d.api.ServeHTTP(w, request)
		checkFuzzed(t, d, w, customer, body+part)
		if customer && others(t, client) != before {
			t.Fatalf("%s %s: a customer changed what is not theirs: %s", op.method, request.URL, body)
		}
	})
}

// restore writes the policy as it was before anybody changed it.
func restore(t *testing.T, client *redis.Client) {
	t.Helper()
	var gone []string
	for _, kind := range []string{"account", "bind", "group"} {
		keys, err := client.Keys(t.Context(), "geo:"+kind+":*").Result()
		if err != nil {
			t.Fatal(err)
		}
		gone = append(gone, keys...)
	}
	pipe := client.TxPipeline()
	pipe.Del(t.Context(), append(gone, "geo:platform", "geo:log")...)
	for _, command := range tree {
		pipe.Do(t.Context(), storetest.Words(command)...)
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// others is all that is not acme's.
func others(t *testing.T, client *redis.Client) (all string) {
	t.Helper()
	for _, key := range []string{"account:rival", "account:rival-sub", "account:reseller", "platform", "bind:rivalbind"} {
		all += fmt.Sprint(client.HGetAll(t.Context(), "geo:"+key).Val())
	}
	return all + fmt.Sprint(client.SMembersMap(t.Context(), "geo:group:high-risk").Val())
}

func checkFuzzed(t *testing.T, d *desk, w *httptest.ResponseRecorder, customer bool, sent string) {
	t.Helper()
	text := w.Body.String()
	if w.Code >= http.StatusInternalServerError {
		t.Fatalf("%d: %s", w.Code, text)
	}
	if w.Code >= http.StatusBadRequest && w.Code != http.StatusMovedPermanently {
		var p struct{ Detail, Cure, Message string }
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Message == "" && (p.Detail == "" || p.Cure == "") {
			t.Fatalf("%d without what is wrong and its cure: %s", w.Code, text)
		}
	}
	if customer {
		for _, name := range strangers {
			if strings.Contains(text, name) && !strings.Contains(sent, name) {
				t.Fatalf("a customer reads %s: %s", name, text)
			}
		}
	}
	v, err := d.api.reader.fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(v.faults) > 0 {
		t.Fatalf("what was written is not in force: %v", v.faults)
	}
}
