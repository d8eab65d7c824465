package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"

	"geogate/config/store"
	"geogate/proxy"
	"geogate/rules"
	"geogate/rules/numplan"
	"geogate/smpp"
)

// metrics counts what the proxy and the store tell, and logs some of the refusals. Counters of what happens
// with every message are resolved once, by index; no label ever holds a number or the address of an ESME, and the
// accounts that are labels are bounded.
type metrics struct {
	registry *prometheus.Registry
	refusals *zap.Logger // sampled

	open       prometheus.Gauge
	binds      *prometheus.CounterVec
	unanswered prometheus.Counter
	decisions  *decisions
	monitored  prometheus.Counter
	noted      []prometheus.Counter // by proxy.Event
	added      prometheus.Histogram
	deciding   prometheus.Histogram
	ends       []prometheus.Counter // by proxy.Cause
	stored     []prometheus.Counter // by store.EventKind

	certificateFaults prometheus.Counter
	reloaded, misread prometheus.Counter // changed configurations: in force, not to be used
}

func newMetrics(log *zap.Logger) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), refusals: sampled(log, refusalLines), decisions: newDecisions()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.open = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "geogate_sessions", Help: "Connections of ESMEs that are open.",
	})
	m.binds = m.vec("geogate_binds_total", "Binds answered, by command_status.", "status")
	m.unanswered = m.counter("geogate_unanswered_total", "Requests that the message centre took and never answered.")
	m.monitored = m.counter("geogate_monitored_total",
		"Messages forwarded only because their account is being monitored.")
	stored := m.vec("geogate_policy_events_total", "What happened while the policy was followed.", "event")
	for _, kind := range store.EventKinds() {
		m.stored = append(m.stored, stored.WithLabelValues(kind.String()))
	}
	m.certificateFaults = m.counter("geogate_certificate_faults_total",
		"Changed certificate files of listeners that could not be used.")
	reloads := m.vec("geogate_config_reloads_total", "Changed configurations, taken or with a fault.", "result")
	m.reloaded, m.misread = reloads.WithLabelValues("taken"), reloads.WithLabelValues("failed")
	noted := m.vec("geogate_events_total", "What peers did that is no message.", "event")
	for _, e := range proxy.Events() {
		m.noted = append(m.noted, noted.WithLabelValues(e.String()))
	}
	ends := m.vec("geogate_sessions_ended_total", "Sessions that ended, by cause.", "cause")
	for _, c := range proxy.Causes() {
		m.ends = append(m.ends, ends.WithLabelValues(c.String()))
	}
	m.added = m.histogram("geogate_added_latency_seconds",
		"From a batch's read until it was handed on or answered, for one in 16 of a session's batches.", 5e-6)
	m.deciding = m.histogram("geogate_decision_seconds", "The verdict on one destination in each batch that is timed.", 1e-7)
	m.registry.MustRegister(m.open, m.decisions)
	return m
}

func (m *metrics) vec(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

// histogram has buckets from least on, each four times the one before.
func (m *metrics) histogram(name, help string, least float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(least, 4, 10),
	})
	m.registry.MustRegister(h)
	return h
}

func (m *metrics) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	m.registry.MustRegister(c)
	return c
}

// watch adds what can be asked of the store at any time.
func (m *metrics) watch(s *store.Store) {
	for _, g := range []struct {
		name, help string
		value      func(store.Status) float64
	}{
		{"geogate_policy_revision", "Revision of the policy in force; 0: none.",
			func(s store.Status) float64 { return float64(s.Revision) }},
		{"geogate_policy_accounts", "Accounts in the policy in force.",
			func(s store.Status) float64 { return float64(s.Accounts) }},
		{"geogate_policy_faults", "Things written in Redis that are not in force.",
			func(s store.Status) float64 { return float64(len(s.Faults)) }},
		{"geogate_policy_held", "1: a policy waits for geogate policy accept.",
			func(s store.Status) float64 { return float64(flag(s.Held != nil)) }},
		{"geogate_policy_tracking", "1: Redis tells of each change at once.",
			func(s store.Status) float64 { return float64(flag(s.Mode == store.Tracking)) }},
		{"geogate_policy_age_seconds", "Seconds since Redis last answered; -1: never.", age},
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: g.name, Help: g.help},
			func() float64 { return g.value(s.Status()) }))
	}
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "geogate_policy_repairs_total", Help: "Changes that only a full pass found; should stay 0.",
	}, func() float64 { return float64(s.Status().Repairs) }))
}

// watchCertificates adds how long the listeners' certificates are still good.
func (m *metrics) watchCertificates(doors []door) {
	for _, d := range doors {
		if d.NewTLS == nil {
			continue
		}
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "geogate_certificate_expiry_seconds", Help: "Until the listener's certificate expires; 0: it has, or there is none.",
			ConstLabels: prometheus.Labels{"listener": d.name},
		}, func() float64 {
			left, err := d.expiry(time.Now())
			if err != nil {
				return 0
			}
			return max(0, left.Seconds())
		}))
	}
}

func age(s store.Status) float64 {
	if s.LastAnswer.IsZero() {
		return -1
	}
	return time.Since(s.LastAnswer).Seconds()
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Opened implements proxy.Observer.
func (m *metrics) Opened(*proxy.Session) { m.open.Inc() }

// Bound implements proxy.Observer.
func (m *metrics) Bound(s *proxy.Session, st smpp.Status) {
	m.binds.WithLabelValues(st.String()).Inc()
	if st == smpp.ESME_ROK {
		s.Value = m.decisions.of(s.Account)
	}
}

// Timed implements proxy.Observer.
func (m *metrics) Timed(_ *proxy.Session, t proxy.Timing) {
	m.added.Observe(t.Added.Seconds())
	if t.Decision > 0 {
		m.deciding.Observe(t.Decision.Seconds())
	}
}

// Counted implements proxy.Observer.
func (m *metrics) Counted(s *proxy.Session, o proxy.Outcome, n int) {
	m.decisions.count(s.Value.(*accountDecisions), o, n)
	if o.Monitored {
		m.monitored.Add(float64(n))
	}
}

// Decided implements proxy.Observer.
func (m *metrics) Decided(s *proxy.Session, _ *proxy.Message, d *rules.Decision) {
	if d.Verdict == rules.Refuse || d.Monitored {
		m.logRefusal(s, d)
	}
}

// logRefusal writes one line for some of the refusals.
func (m *metrics) logRefusal(s *proxy.Session, d *rules.Decision) {
	entry := m.refusals.Check(zap.InfoLevel, "refused")
	if entry == nil {
		return
	}
	rule := ""
	if d.Rule != nil {
		rule = d.Rule.Account() + " " + d.Rule.Match()
	}
	entry.Write(zap.Uint64("session", s.ID), zap.String("account", s.Account), zap.Stringer("reason", d.Reason),
		zap.String("number", numplan.Mask(d.Number.String())), zap.Stringer("region", d.Number.Region),
		zap.Stringer("class", d.Number.Class), zap.String("rule", rule), zap.Bool("monitored", d.Monitored),
		zap.Uint64("revision", d.Revision))
}

// Noted implements proxy.Observer.
func (m *metrics) Noted(_ *proxy.Session, e proxy.Event, n int) { m.noted[e].Add(float64(n)) }

// Closed implements proxy.Observer.
func (m *metrics) Closed(_ *proxy.Session, end proxy.End) {
	m.open.Dec()
	m.ends[end.Cause].Inc()
	m.unanswered.Add(float64(end.Unanswered))
}

// Observe implements store.Observer.
func (m *metrics) Observe(e store.Event) { m.stored[e.Kind].Inc() }
