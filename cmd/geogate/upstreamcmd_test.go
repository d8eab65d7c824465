package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"geogate/proxy"
)

const mcAddr = "192.0.2.7:2775"

func TestUpstreamVerbs(t *testing.T) {
	d := filled(t)
	order := func() string { return d.redis.HGet("geo:upstream:default", mcAddr) }
	out := d.must("upstream", "drain", "default", mcAddr, "--reason", "new software", "--by", "ann")
	if got := order(); got != `drain reason="new software" by="ann"` {
		t.Errorf("written: %s", got)
	}
	if strings.Contains(out, "Effect") {
		t.Errorf("an order about an address has no effect on verdicts:\n%s", out)
	}
	want(t, d.must("log", "-n", "1"), "ann: new software", "upstream:default", mcAddr)
	want(t, d.must("upstream", "drain", "default", mcAddr, "--sessions", "--until", "2h", "--by", "ann"), mcAddr)
	if got := order(); got != `drain sessions=end until=2027-01-15T14:00:00Z by="ann"` {
		t.Errorf("written: %s", got)
	}
	want(t, d.must("upstream", "list"), "default", mcAddr, "yes", "sessions=end")
	var list []orderAnswer
	if err := json.Unmarshal([]byte(d.must("upstream", "list", "--json")), &list); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	want(t, d.must("policy", "export"), "upstreams:", mcAddr)
	d.must("upstream", "resume", "default", mcAddr)
	if d.redis.Exists("geo:upstream:default") {
		t.Error("the order is still there")
	}
	want(t, d.refused("upstream", "resume", "default", mcAddr), "not set aside")
}

func TestUpstreamVerbsRefuse(t *testing.T) {
	d := filled(t)
	want(t, d.refused("upstream", "drain", "default", "nowhere"), "HOST:PORT")
	want(t, d.refused("upstream", "drain", "default", mcAddr, "--until", "2001-01-01T00:00:00Z"), "has passed already")
	d.redis.HSet("geo:upstream:default", "192.0.2.8:2775", "drian")
	want(t, d.refused("upstream", "drain", "default", mcAddr), "drian", "geogate upstream drain default 192.0.2.8:2775")
	want(t, d.must("upstream", "list"), "192.0.2.8:2775", "is not drain")
}

// addressesOf makes a node whose default upstream is in every state.
func addressesOf() []proxy.UpstreamInfo {
	return []proxy.UpstreamInfo{{Name: "default", Strays: []string{"192.0.2.9:1"}, Addresses: []proxy.AddressInfo{
		{Addr: "192.0.2.1:1", Weight: 3, Sessions: 12},
		{Addr: "192.0.2.2:1", State: proxy.AddressBackingOff, Failures: 4, Until: noon.Add(time.Minute), LastError: "refused"},
		{Addr: "192.0.2.3:1", State: proxy.AddressSetAside, Sessions: 1},
	}}}
}

func TestUpstreamsOfANode(t *testing.T) {
	d := filled(t)
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(nodeStatus{Ready: true, Upstreams: upstreamStatuses(addressesOf())})
	}))
	defer node.Close()
	admin := strings.TrimPrefix(node.URL, "http://")
	want(t, d.must("upstream", "list", "--admin", admin), "192.0.2.1:1", "healthy", "12", "backing_off",
		"4 failures, until 2027-01-15T12:01:00Z: refused", "set_aside", "drain", "192.0.2.9:1", "not in the node's configuration")
	status := d.must("status", "--admin", admin)
	want(t, status, "upstream default 192.0.2.2:1: backing_off", "upstream default 192.0.2.3:1: set_aside, sessions 1; drain")
	if strings.Contains(status, "192.0.2.1:1") {
		t.Errorf("an address that is healthy is told as trouble:\n%s", status)
	}
	want(t, d.refused("upstream", "drain", "default", mcAddr, "--admin", admin), "the node has no", "default 192.0.2.1:1")
	d.must("upstream", "drain", "default", "192.0.2.1:1", "--admin", admin)
}

func TestUpstreamMetrics(t *testing.T) {
	t.Parallel()
	const text = `
# HELP geogate_upstream_failures Binds in a row that the address failed.
# TYPE geogate_upstream_failures gauge
geogate_upstream_failures{address="192.0.2.1:1",upstream="default"} 0
geogate_upstream_failures{address="192.0.2.2:1",upstream="default"} 4
geogate_upstream_failures{address="192.0.2.3:1",upstream="default"} 0
# HELP geogate_upstream_sessions Sessions bound at the address.
# TYPE geogate_upstream_sessions gauge
geogate_upstream_sessions{address="192.0.2.1:1",upstream="default"} 12
geogate_upstream_sessions{address="192.0.2.2:1",upstream="default"} 0
geogate_upstream_sessions{address="192.0.2.3:1",upstream="default"} 1
`
	c := upstreamCollector{addressesOf}
	err := testutil.CollectAndCompare(c, strings.NewReader(text), "geogate_upstream_failures", "geogate_upstream_sessions")
	if err != nil {
		t.Error(err)
	}
	if n := testutil.CollectAndCount(c, "geogate_upstream_state"); n != 9 {
		t.Errorf("%d states of 3 addresses", n)
	}
}
