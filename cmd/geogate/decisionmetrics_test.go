package main

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"geogate/proxy"
	"geogate/rules"
	"geogate/smpp"
)

// TestAccountLabels binds for more accounts than there are labels: the first have their own, and what all others do is
// still counted.
func TestAccountLabels(t *testing.T) {
	t.Parallel()
	m := newMetrics(zap.NewNop())
	const beyond = 7
	var group sync.WaitGroup
	for i := range labelledAccounts + beyond {
		s := &proxy.Session{Account: fmt.Sprintf("a%d", i)}
		m.Bound(s, smpp.ESME_ROK)
		group.Go(func() { m.Counted(s, proxy.Outcome{Verdict: rules.Forward, Reason: rules.Default}, 1) })
	}
	group.Wait()
	written := expose(t, m)
	for _, want := range []string{
		`geogate_account_decisions_total{account="a0",reason="default",verdict="forward"} 1`,
		fmt.Sprintf(`geogate_account_decisions_total{account="all others",reason="default",verdict="forward"} %d`, beyond),
		fmt.Sprintf(`geogate_decisions_total{reason="default",verdict="forward"} %d`, labelledAccounts+beyond),
		`geogate_decisions_total{reason="default",verdict="refuse"} 0`,
		fmt.Sprintf(`geogate_regions_total{region="none",verdict="forward"} %d`, labelledAccounts+beyond),
		`geogate_regions_total{region="GB",verdict="refuse"} 0`,
	} {
		if !strings.Contains(written, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	if series := strings.Count(written, "\ngeogate_account_decisions_total{"); series != labelledAccounts+1 {
		t.Errorf("%d series", series)
	}
}

// expose is all that Prometheus would read.
func expose(t *testing.T, m *metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	return answer.Body.String()
}

// TestCountedAllocates: what is counted of each message costs no memory.
func TestCountedAllocates(t *testing.T) {
	m := newMetrics(zap.NewNop())
	s := &proxy.Session{Account: "acme"}
	m.Bound(s, smpp.ESME_ROK)
	o := proxy.Outcome{Verdict: rules.Forward}
	if n := testing.AllocsPerRun(100, func() { m.Counted(s, o, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCounted(b *testing.B) {
	m := newMetrics(zap.NewNop())
	s := &proxy.Session{Account: "acme"}
	m.Bound(s, smpp.ESME_ROK)
	o := proxy.Outcome{Verdict: rules.Forward}
	b.ReportAllocs()
	for b.Loop() {
		m.Counted(s, o, 1)
	}
}
