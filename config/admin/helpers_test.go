package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"geogate/config/admin/secret"
	"geogate/config/store"
	"geogate/config/store/storetest"
	"geogate/rules/numplan"
)

func TestMain(m *testing.M) {
	numplan.Default()
	code := m.Run()
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		println(err.Error())
		code = 1
	}
	os.Exit(code)
}

// desk is an API over a Redis of its own, which it follows.
type desk struct {
	t      testing.TB
	redis  *storetest.Server
	store  *store.Store
	api    *Server
	url    string
	tokens map[string]string // by role, or by the account of a customer
}

// newDesk starts one on what Redis commands write: "HSET geo:account:acme home GB".
func newDesk(t testing.TB, change func(*Options), commands ...string) *desk {
	t.Helper()
	d := &desk{t: t, redis: storetest.Start(t), tokens: map[string]string{}}
	for _, c := range append([]string{"HSET geo:meta schema 1 generation 1"}, commands...) {
		d.redis.Do(c)
	}
	d.follow()
	o := Options{Store: d.store, Rate: 100_000}
	if change != nil {
		change(&o)
	}
	d.api = New(o)
	server := httptest.NewServer(d.api)
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

// follow opens the store and follows Redis until the test ends.
func (d *desk) follow() {
	var err error
	if d.store, err = store.Open(store.Options{URL: "redis://" + d.redis.Addr}); err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.store.Run(ctx) }()
	d.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			d.t.Error(err)
		}
		d.store.Close()
	})
	storetest.Eventually(d.t, "the policy to be followed", func() bool { return d.store.Status().InStep })
}

// token makes a token of a role once; "customer:ID" is a customer's.
func (d *desk) token(who string) string {
	d.t.Helper()
	if who == "" || d.tokens[who] != "" {
		return d.tokens[who]
	}
	role, account, _ := strings.Cut(who, ":")
	fields := map[string]string{FieldName: who, FieldRole: role}
	if account != "" {
		fields[FieldAccount] = account
	}
	id, text := secret.NewToken()
	fields[FieldHash] = secret.Hash(text)
	if err := d.store.SaveToken(context.Background(), id, fields, "test"); err != nil {
		d.t.Fatal(err)
	}
	d.tokens[who] = text
	return text
}

// reply is what came back.
type reply struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	text   string
}

// do sends a request as someone: body is JSON text, headers are NAME: VALUE.
func (d *desk) do(who, method, path, body string, headers ...string) reply {
	d.t.Helper()
	request, err := http.NewRequest(method, d.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		d.t.Fatal(err)
	}
	if who != "" {
		request.Header.Set("Authorization", "Bearer "+d.token(who))
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	r := reply{d.t, who + " " + method + " " + path, response.StatusCode, response.Header, string(text)}
	d.contract(request, r)
	return r
}

// want fails the test on another status. Every error must be a problem that names its cure.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s: status %d, want %d: %s", r.what, r.status, status, r.text)
	}
	if status >= 400 {
		var p Problem
		if err := json.Unmarshal([]byte(r.text), &p); err != nil || r.header.Get("Content-Type") != problemType {
			r.t.Fatalf("%s: no problem+json: %s", r.what, r.text)
		}
		if p.Status != status || p.Detail == "" || p.Cure == "" {
			r.t.Errorf("%s: the problem does not say what is wrong and what to do: %s", r.what, r.text)
		}
	}
	return r
}

// into reads the answer.
func (r reply) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.text), v); err != nil {
		r.t.Fatalf("%s: %v: %s", r.what, err, r.text)
	}
}

// has fails the test where the answer lacks a text.
func (r reply) has(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.text, text) {
			r.t.Errorf("%s: %q is not in the answer: %s", r.what, text, r.text)
		}
	}
	return r
}

// hasNot fails the test where the answer gives away a text.
func (r reply) hasNot(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if strings.Contains(r.text, text) {
			r.t.Errorf("%s: %q is in the answer: %s", r.what, text, r.text)
		}
	}
	return r
}

// waitFor waits for a condition.
func waitFor(t testing.TB, _ *desk, what string, happened func() bool) {
	t.Helper()
	storetest.Eventually(t, what, happened)
}
