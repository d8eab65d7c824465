package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestStatusOfANode(t *testing.T) {
	d := filled(t)
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/status" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(nodeStatus{
			Ready: true, Revision: 7, Source: "redis", Mode: "tracking", LastAnswer: noon.Add(-time.Second), Sessions: 3,
			Faults: []string{"account:odd: bad"}, Held: "too many accounts are gone",
		})
	}))
	defer node.Close()
	admin := strings.TrimPrefix(node.URL, "http://")
	want(t, d.must("status", "--admin", admin), "2 accounts, 1 bind, 1 group\n", "Node: ready", "revision 7", "sessions 3",
		"2027-01-15T11:59:59Z", "account:odd: bad", "held back: too many accounts are gone")
	var report statusReport
	if err := json.Unmarshal([]byte(d.must("status", "--admin", admin, "--json")), &report); err != nil {
		t.Fatal(err)
	}
	if report.Accounts != 2 || report.Node == nil || report.Node.Revision != 7 {
		t.Errorf("the report is %+v", report)
	}
	node.Close()
	want(t, d.refused("status", "--admin", admin), admin)
}

func TestStatusWithoutRedis(t *testing.T) {
	d := newDesk(t)
	d.redis.Close()
	r := d.run("", "status", "--timeout", "2s")
	if r.code != exitError {
		t.Errorf("exit %d, want %d", r.code, exitError)
	}
	want(t, r.out, "problem:", d.addr)
}

func TestStatusShowsWhatLooksOdd(t *testing.T) {
	d := filled(t)
	d.redis.HSet("geo:platform", "+44", "lock", "MF", "allow")
	want(t, d.must("status"), "worth a look: ", `"+44"`, `"MF"`)
}
