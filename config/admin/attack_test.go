package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestOneAddressOneHash guesses, many at a time, at the secret of a token whose id is known: of what comes from one
// address no more is hashed than wrong tokens are put up with, however many come at once.
func TestOneAddressOneHash(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC)
	d := newDesk(t, func(o *Options) { o.Now = func() time.Time { return now } })
	good := d.token("admin")
	wrong := good[:strings.LastIndexByte(good, '_')+1] + strings.Repeat("A", len(good)-strings.LastIndexByte(good, '_')-1)
	var hashed, refused atomic.Int32
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			switch d.do("", "GET", "/v1/me", "", "Authorization: Bearer "+wrong).status {
			case http.StatusUnauthorized:
				hashed.Add(1)
			case http.StatusTooManyRequests:
				refused.Add(1)
			}
		})
	}
	group.Wait()
	if hashed.Load() != 10 || refused.Load() != 30 {
		t.Errorf("%d were hashed and %d refused", hashed.Load(), refused.Load())
	}
	if n := len(d.api.gate.turns.waiting); n > 0 {
		t.Errorf("%d addresses are remembered", n)
	}
}

// another is a second node on the same Redis.
func (d *desk) another() *desk {
	other := &desk{t: d.t, redis: d.redis, tokens: d.tokens}
	other.follow()
	other.api = New(Options{Store: other.store, Rate: 100_000})
	server := httptest.NewServer(other.api)
	d.t.Cleanup(server.Close)
	other.url = server.URL
	return other
}

// TestTwoNodesOneRevision has two people on two nodes change what both saw at the same revision: one of them does, and
// the other is told.
func TestTwoNodesOneRevision(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	d.token("operator")
	nodes := []*desk{d, d.another()}
	for round := range 10 {
		before := d.do("operator", "GET", "/v1/accounts/acme", "").want(200).header.Get("ETag")
		action := []string{"allow", "block"}[round%2]
		statuses := make([]int, len(nodes))
		var group sync.WaitGroup
		for i, region := range []string{"IT", "ES"} {
			group.Go(func() {
				statuses[i] = nodes[i].do("operator", "PUT", "/v1/accounts/acme/rules/"+region, `{"action":"`+action+`"}`, "If-Match: "+before).status
			})
		}
		group.Wait()
		if statuses[0]+statuses[1] != http.StatusOK+http.StatusPreconditionFailed {
			t.Fatalf("round %d: %v", round, statuses)
		}
		for _, region := range []string{"IT", "ES"} { // the next round changes both
			d.do("operator", "PUT", "/v1/accounts/acme/rules/"+region, `{"action":"`+action+`"}`).want(200)
		}
	}
}

// TestAuditOfChanges: every change says who made it and through which token, whoever they say they are.
func TestAuditOfChanges(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, worked...)
	d.do("operator", "PUT", "/v1/accounts/acme/rules/IT", `{"action":"allow","reason":"ticket 7"}`).want(200)
	d.do("customer:acme", "PUT", "/v1/accounts/acme/rules/ES", `{"action":"block","reason":"root (api)"}`).want(200)
	var log history
	d.do("viewer", "GET", "/v1/history", "").want(200).into(&log)
	seen := map[string]string{}
	for _, e := range log.Entries {
		for _, c := range e.Changes {
			seen[c.Field] = e.Who + ": " + e.Reason
		}
	}
	if seen["IT"] != "operator (api): ticket 7" || seen["ES"] != "customer:acme (api, customer acme): root (api)" {
		t.Errorf("the history says %v", seen)
	}
}
