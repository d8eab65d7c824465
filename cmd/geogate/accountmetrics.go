package main

import (
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"geogate/proxy"
	"geogate/rules"
)

const (
	// labelledAccounts bounds the series: of an account there are as many as it has had verdicts and reasons.
	labelledAccounts = 500
	// otherAccounts stands for the rest. No account has this name: ids have no space.
	otherAccounts = "all others"
)

// accountMetrics counts decisions by account. An account is looked up once a session.
type accountMetrics struct {
	decided *prometheus.CounterVec

	mu    sync.Mutex
	known map[string]*accountCounters
}

func newAccountMetrics(decided *prometheus.CounterVec) *accountMetrics {
	return &accountMetrics{decided: decided, known: map[string]*accountCounters{}}
}

// of returns an account's counters, or where there are enough accounts those of all others.
func (m *accountMetrics) of(account string) *accountCounters {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, ok := m.known[account]; ok {
		return c
	}
	if len(m.known) >= labelledAccounts && account != otherAccounts {
		account = otherAccounts
		if c, ok := m.known[account]; ok {
			return c
		}
	}
	c := &accountCounters{vec: m.decided, account: account}
	for v := range c.decided {
		c.decided[v] = make([]atomic.Pointer[prometheus.Counter], len(rules.Reasons()))
	}
	m.known[account] = c
	return c
}

// accountCounters are one account's, each made when it first counts.
type accountCounters struct {
	vec     *prometheus.CounterVec
	account string
	decided [2][]atomic.Pointer[prometheus.Counter] // by verdict and reason
}

func (c *accountCounters) count(o proxy.Outcome, n int) {
	slot := &c.decided[o.Verdict][o.Reason]
	counter := slot.Load()
	if counter == nil {
		made := c.vec.WithLabelValues(c.account, o.Verdict.String(), o.Reason.String())
		counter = &made
		slot.Store(counter)
	}
	(*counter).Add(float64(n))
}
