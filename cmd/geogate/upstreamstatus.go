package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"geogate/proxy"
)

// upstreamStatus is what a node tells of one message centre.
type upstreamStatus struct {
	Name      string          `json:"name"`
	Addresses []addressStatus `json:"addresses"`
	Strays    []string        `json:"strays,omitempty"` // set aside, and not in the node's configuration
}

// addressStatus is what a node tells of one address.
type addressStatus struct {
	Addr        string `json:"addr"`
	Weight      int    `json:"weight,omitempty"`
	State       string `json:"state"`
	Sessions    int    `json:"sessions"`
	Failures    int    `json:"failures"`        // in a row
	Until       string `json:"until,omitempty"` // of the backoff
	LastError   string `json:"last_error,omitempty"`
	LastErrorAt string `json:"last_error_at,omitempty"`
	Order       string `json:"order,omitempty"` // by which it is set aside
}

func upstreamStatuses(list []proxy.UpstreamInfo) []upstreamStatus {
	statuses := []upstreamStatus{}
	for _, u := range list {
		s := upstreamStatus{Name: u.Name, Strays: u.Strays}
		for _, a := range u.Addresses {
			status := addressStatus{
				Addr: a.Addr, Weight: a.Weight, State: a.State.String(), Sessions: a.Sessions, Failures: a.Failures,
				Until: momentOrNone(a.Until), LastError: a.LastError, LastErrorAt: momentOrNone(a.LastErrorAt),
			}
			if a.State == proxy.AddressSetAside {
				status.Order = a.Aside.String()
			}
			s.Addresses = append(s.Addresses, status)
		}
		statuses = append(statuses, s)
	}
	return statuses
}

func momentOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return moment(t)
}

// why says why an address is not simply healthy.
func (a addressStatus) why() string {
	if a.Order != "" {
		return a.Order
	}
	if a.Failures > 0 {
		return fmt.Sprintf("%s, until %s: %s", many(a.Failures, "failure"), a.Until, a.LastError)
	}
	return ""
}

func printUpstreams(w *world, list []upstreamStatus) {
	t := newSheet(w.out, "upstream", "address", "weight", "state", "sessions", "why")
	for _, u := range list {
		for _, a := range u.Addresses {
			weight := ""
			if a.Weight > 0 {
				weight = strconv.Itoa(a.Weight)
			}
			t.add(u.Name, a.Addr, weight, a.State, strconv.Itoa(a.Sessions), a.why())
		}
		for _, addr := range u.Strays {
			t.add(u.Name, addr, "", "unknown", "", "set aside, and not in the node's configuration")
		}
	}
	t.Render()
}

// printTroubled prints the addresses that binds do not go to as usual.
func printTroubled(out io.Writer, list []upstreamStatus) {
	for _, u := range list {
		for _, a := range u.Addresses {
			if a.State != proxy.AddressHealthy.String() {
				fmt.Fprintf(out, "  upstream %s %s: %s, sessions %d; %s\n",
					printable(u.Name), printable(a.Addr), printable(a.State), a.Sessions, printable(a.why()))
			}
		}
		for _, addr := range u.Strays {
			fmt.Fprintf(out, "  upstream %s %s: set aside, and not in the node's configuration\n",
				printable(u.Name), printable(addr))
		}
	}
}

// upstreamCollector tells Prometheus how the configured addresses are. It asks when it is asked.
type upstreamCollector struct{ ask func() []proxy.UpstreamInfo }

var (
	addressLabels  = []string{"upstream", "address"}
	addressState   = prometheus.NewDesc("geogate_upstream_state", "1: the address is in this state.", append(addressLabels, "state"), nil)
	addressBinds   = prometheus.NewDesc("geogate_upstream_sessions", "Sessions bound at the address.", addressLabels, nil)
	addressFailing = prometheus.NewDesc("geogate_upstream_failures", "Binds in a row that the address failed.", addressLabels, nil)
)

// Describe implements prometheus.Collector.
func (c upstreamCollector) Describe(to chan<- *prometheus.Desc) {
	to <- addressState
	to <- addressBinds
	to <- addressFailing
}

// Collect implements prometheus.Collector.
func (c upstreamCollector) Collect(to chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value int, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value), labels...)
	}
	for _, u := range c.ask() {
		for _, a := range u.Addresses {
			for _, state := range proxy.AddressStates() {
				gauge(addressState, flag(a.State == state), u.Name, a.Addr, state.String())
			}
			gauge(addressBinds, a.Sessions, u.Name, a.Addr)
			gauge(addressFailing, a.Failures, u.Name, a.Addr)
		}
	}
}
