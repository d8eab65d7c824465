package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"geogate/proxy"
)

// trafficCollector tells Prometheus what is carried and what lives. It asks when it is asked.
type trafficCollector struct {
	carried  func() proxy.Traffic
	sessions func() []proxy.SessionInfo
}

var (
	carriedOctets = prometheus.NewDesc("geogate_octets_total",
		"Octets of PDUs behind the bind, by whom they came from or went to.", []string{"direction"}, nil)
	inFlight = prometheus.NewDesc("geogate_in_flight",
		"Requests of ESMEs that the message centres have and have not answered.", nil, nil)
	boundSessions = prometheus.NewDesc("geogate_bound_sessions", "Sessions that are bound, by their state.", []string{"state"}, nil)
)

// Describe implements prometheus.Collector.
func (c trafficCollector) Describe(to chan<- *prometheus.Desc) {
	to <- carriedOctets
	to <- inFlight
	to <- boundSessions
}

// Collect implements prometheus.Collector.
func (c trafficCollector) Collect(to chan<- prometheus.Metric) {
	t := c.carried()
	for direction, octets := range map[string]uint64{
		"from_esme": t.FromESME, "to_mc": t.ToMC, "from_mc": t.FromMC, "to_esme": t.ToESME,
	} {
		to <- prometheus.MustNewConstMetric(carriedOctets, prometheus.CounterValue, float64(octets), direction)
	}
	waiting, bound := 0, map[proxy.State]int{proxy.BoundTX: 0, proxy.BoundRX: 0, proxy.BoundTRX: 0}
	for _, s := range c.sessions() {
		waiting += s.InFlight
		if _, ok := bound[s.State]; ok {
			bound[s.State]++
		}
	}
	to <- prometheus.MustNewConstMetric(inFlight, prometheus.GaugeValue, float64(waiting))
	for state, n := range bound {
		to <- prometheus.MustNewConstMetric(boundSessions, prometheus.GaugeValue, float64(n), state.String())
	}
}
