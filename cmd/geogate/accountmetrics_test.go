package main

import (
	"fmt"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
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
		group.Go(func() { m.Counted(s, proxy.Outcome{Verdict: rules.Forward}, 1) })
	}
	group.Wait()
	count := func(account string) float64 {
		return testutil.ToFloat64(m.accounts.decided.WithLabelValues(account, rules.Forward.String(), rules.Reason(0).String()))
	}
	if first, others := count("a0"), count(otherAccounts); first != 1 || others != beyond {
		t.Errorf("%v by the first account, %v by all others", first, others)
	}
	if series := testutil.CollectAndCount(m.accounts.decided); series != labelledAccounts+1 {
		t.Errorf("%d series", series)
	}
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
