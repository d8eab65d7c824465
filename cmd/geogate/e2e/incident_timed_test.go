package e2e

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestIncidentTimed times an incident from its first message to the undo, with a real Prometheus that knows the hours
// before: pumped messages go out, the alert fires, the prefix is frozen, is undone. docs/incident.md has what it printed.
func TestIncidentTimed(t *testing.T) {
	if os.Getenv("GEOGATE_TEST_INCIDENT") == "" {
		t.Skip("it takes three minutes: make incident")
	}
	r, api := newAPIRig(t)
	r.account("acme", "home GB SO allow")
	operator := r.token("night shift", "--role", "operator")
	prometheus := startPrometheus(t, r.admin, quietHours(time.Now()))
	eventually(t, "a scrape", func() bool { return prometheus.value(`up{job="geogate"}`) == "1" })

	p := startPumping(t, bindTo(t, r.listen))
	t.Logf("%-48s %s", "the first pumped message", "0 s")
	within(t, 5*time.Minute, "GeogateForwardsSurge to fire", func() bool {
		return prometheus.value(`ALERTS{alertname="GeogateForwardsSurge",alertstate="firing",region="SO"}`) == "1"
	})
	p.note("GeogateForwardsSurge fires for SO")
	frozen := time.Now()
	r.change(api, operator, http.MethodPost, "/v1/freeze", `{"prefix":"+25263","for":"2h","reason":"pumping, ticket 812"}`)
	p.note("the freeze is answered")
	p.awaits(smpp.ESME_RINVDSTADR)
	t.Logf("%-48s %v after it was asked for", "the first message is refused", p.changed().Sub(frozen).Round(time.Millisecond))
	through := p.sent()
	undone := time.Now()
	r.change(api, operator, http.MethodDelete, "/v1/freeze?prefix=%2B25263", "")
	p.awaits(smpp.ESME_ROK)
	t.Logf("%-48s %v after it was asked for", "the undo lets messages through again", p.changed().Sub(undone).Round(time.Millisecond))
	p.stop()
	t.Logf("%d messages were sent when it was frozen, at %d a second", through, pumpRate)
}

// change asks the API for a change, and demands that it is made.
func (r *rig) change(api, token, method, path, body string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, "http://"+api+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode >= 300 {
		r.t.Fatalf("%s %s: %s", method, path, response.Status)
	}
}

const pumpRate = 50 // messages a second

// pumping sends to numbers of one range until it is stopped.
type pumping struct {
	t     *testing.T
	begun time.Time
	end   chan struct{}
	done  sync.WaitGroup

	count atomic.Int64
	mu    sync.Mutex
	last  smpp.Status
	since time.Time // of the last status that was another than the one before
}

func startPumping(t *testing.T, esme *smpptest.ESME) *pumping {
	p := &pumping{t: t, begun: time.Now(), end: make(chan struct{})}
	p.done.Go(func() {
		tick := time.NewTicker(time.Second / pumpRate)
		defer tick.Stop()
		for i := 0; ; i++ {
			st, _, err := esme.SubmitTo(t.Context(), fmt.Sprintf("25263%07d", i), "hello")
			if err != nil {
				t.Error(err)
				return
			}
			p.took(st)
			select {
			case <-tick.C:
			case <-p.end:
				return
			}
		}
	})
	return p
}

func (p *pumping) took(st smpp.Status) {
	p.count.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	if st != p.last {
		p.last, p.since = st, time.Now()
	}
}

func (p *pumping) stop() { close(p.end); p.done.Wait() }

func (p *pumping) sent() int64 { return p.count.Load() }

func (p *pumping) changed() time.Time { p.mu.Lock(); defer p.mu.Unlock(); return p.since }

func (p *pumping) awaits(st smpp.Status) {
	p.t.Helper()
	eventually(p.t, "messages to be answered "+st.String(), func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.last == st
	})
}

func (p *pumping) note(what string) {
	p.t.Logf("%-48s %v, %d messages", what, time.Since(p.begun).Round(100*time.Millisecond), p.sent())
}

// quietHours is what Prometheus has seen of the six hours before: a message to Somalia now and then.
func quietHours(now time.Time) string {
	var b strings.Builder
	b.WriteString("# TYPE geogate_regions counter\n")
	for ago := 6 * 60; ago > 2; ago-- {
		fmt.Fprintf(&b, "geogate_regions_total{job=\"geogate\",instance=\"before\",verdict=\"forward\",region=\"SO\"} %d %d\n",
			(6*60-ago)/10, now.Add(-time.Duration(ago)*time.Minute).Unix())
	}
	b.WriteString("# EOF\n")
	return b.String()
}
