package main

import (
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"geogate/proxy"
	"geogate/rules"
	"geogate/rules/numplan"
)

const (
	// labelledAccounts bounds the series: of an account there are as many as it has had verdicts and reasons.
	labelledAccounts = 500
	// otherAccounts stands for the rest. No account has this name: ids have no space.
	otherAccounts = "all others"
)

// decisions counts what was judged, and tells Prometheus when it is asked. The counters are bare: those of the library
// are three loads from memory each, and among a thousand sessions the caches hold none of them.
type decisions struct {
	regions [2][]atomic.Uint64 // by verdict and region

	mu       sync.Mutex
	accounts map[string]*accountDecisions
}

// accountDecisions counts by verdict and reason. An account is looked up once a session.
type accountDecisions [2][rules.NumReasons]atomic.Uint64

var (
	decided       = prometheus.NewDesc("geogate_decisions_total", "Destinations judged, by verdict and reason.", []string{"verdict", "reason"}, nil)
	regionDecided = prometheus.NewDesc("geogate_regions_total",
		"Destinations judged, by verdict and region; none: of no region, or unreadable.", []string{"verdict", "region"}, nil)
	accountDecided = prometheus.NewDesc("geogate_account_decisions_total",
		"Destinations judged, by account, verdict and reason; "+otherAccounts+": accounts beyond the first "+
			strconv.Itoa(labelledAccounts)+".", []string{"account", "verdict", "reason"}, nil)
)

func newDecisions() *decisions {
	d := &decisions{accounts: map[string]*accountDecisions{}}
	for v := range d.regions {
		d.regions[v] = make([]atomic.Uint64, numplan.NumRegions()+1)
	}
	return d
}

// of returns an account's counters, or where there are enough accounts those of all others.
func (d *decisions) of(account string) *accountDecisions {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.accounts[account]; !ok && len(d.accounts) >= labelledAccounts {
		account = otherAccounts
	}
	a, ok := d.accounts[account]
	if !ok {
		a = &accountDecisions{}
		d.accounts[account] = a
	}
	return a
}

func (d *decisions) count(a *accountDecisions, o proxy.Outcome, n int) {
	a[o.Verdict][o.Reason].Add(uint64(n))
	d.regions[o.Verdict][o.Region].Add(uint64(n))
}

// Describe implements prometheus.Collector.
func (d *decisions) Describe(to chan<- *prometheus.Desc) {
	to <- decided
	to <- regionDecided
	to <- accountDecided
}

// Collect implements prometheus.Collector. Every decision is an account's, so all are their sum.
func (d *decisions) Collect(to chan<- prometheus.Metric) {
	tell := func(desc *prometheus.Desc, n uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	all := d.collectAccounts(tell)
	for v := range all {
		verdict := rules.Verdict(v).String()
		for r, n := range all[v] {
			tell(decided, n, verdict, rules.Reason(r).String())
		}
		for r := range d.regions[v] {
			region := "none"
			if r > 0 {
				region = numplan.Region(r).String()
			}
			tell(regionDecided, d.regions[v][r].Load(), verdict, region)
		}
	}
}

// collectAccounts tells of what accounts have had, and returns the sum.
func (d *decisions) collectAccounts(tell func(*prometheus.Desc, uint64, ...string)) (all [2][rules.NumReasons]uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for account, judged := range d.accounts {
		for v := range judged {
			for r := range judged[v] {
				if n := judged[v][r].Load(); n > 0 {
					all[v][r] += n
					tell(accountDecided, n, account, rules.Verdict(v).String(), rules.Reason(r).String())
				}
			}
		}
	}
	return all
}
