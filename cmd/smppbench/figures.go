package main

import (
	"fmt"
	"slices"
	"strings"
)

// loop is which cases a figure is of.
type loop uint8

const (
	closedLoop loop = iota
	openLoop
	refusingLoop // closed, and a part is refused
)

func (c benchCase) loop() loop {
	switch {
	case c.Rate > 0:
		return openLoop
	case c.Refused > 0:
		return refusingLoop
	}
	return closedLoop
}

// figure is something that is compared.
type figure struct {
	name  string // of its plots, and in the JSON
	title string
	of    func(sample) float64
	show  func(float64) string
	loop  loop
	proxy bool // of a proxy: nothing in between has none
	added bool // what no proxy takes in the same round is taken off
}

func perSecond(s sample) float64 { return s.PerSecond }
func cpu(s sample) float64       { return s.CPUPerMillion }
func p50(s sample) float64       { return s.P50 }
func p99(s sample) float64       { return s.P99 }

var (
	throughput = figure{"throughput", "Messages answered a second", perSecond, thousands, closedLoop, false, false}
	cpuCost    = figure{"cpu", "CPU seconds of the proxy for a million messages", cpu, decimals, closedLoop, true, false}
	closedP99  = figure{"closed-p99", "Closed loop, p99 in microseconds", p99, whole, closedLoop, false, false}
	openP50    = figure{"latency-p50", "Open loop, p50 in microseconds", p50, whole, openLoop, false, false}
	openP99    = figure{"latency-p99", "Open loop, p99 in microseconds", p99, whole, openLoop, false, false}
	addedP50   = figure{"added-p50", "Open loop, p50 added over no proxy in microseconds", p50, whole, openLoop, true, true}
	addedP99   = figure{"added-p99", "Open loop, p99 added over no proxy in microseconds", p99, whole, openLoop, true, true}
)

// figures are what HAProxy is compared by; refusing what only those have who refuse.
var (
	figures  = []figure{throughput, cpuCost, closedP99, openP50, openP99, addedP50, addedP99}
	refusing = []figure{
		{"refusing-throughput", "Messages answered a second", perSecond, thousands, refusingLoop, false, false},
		{"refusing-cpu", "CPU seconds of the proxy for a million messages", cpu, decimals, refusingLoop, true, false},
		{"refusing-p99", "p99 in microseconds", p99, whole, refusingLoop, false, false},
	}
)

// spread is the middle of what the rounds came to, and how far apart they were.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	return spread{median(values), slices.Min(values), slices.Max(values)}
}

func (s spread) String() string { return fmt.Sprintf("%.2f, %.2f-%.2f", s.Median, s.Min, s.Max) }

// ratio is one subject's figure over another's. It is taken within each round, from runs that followed each other
// closely: what changes with the machine over minutes falls out of it.
type ratio struct {
	Case    benchCase `json:"case"`
	Figure  string    `json:"figure"`
	Subject string    `json:"subject"`
	Against string    `json:"against"`
	spread
}

// reference is the one that a subject is held against: HAProxy, over TLS where the subject is.
func reference(subject string) string {
	if strings.HasSuffix(subject, tlsSuffix) {
		return "haproxy" + tlsSuffix
	}
	return "haproxy"
}

// values are a subject's figures, one a round; none: it was not measured.
func (r *report) values(c benchCase, subject string, f figure) []float64 {
	samples := r.samples(c, subject)
	var direct []sample
	if f.added {
		direct = r.samples(c, "none")
		samples = samples[:min(len(samples), len(direct))]
	}
	values := make([]float64, len(samples))
	for i := range samples {
		if values[i] = f.of(samples[i]); f.added {
			values[i] -= f.of(direct[i])
		}
	}
	return values
}

func (r *report) samples(c benchCase, subject string) []sample {
	for i := range r.Results {
		if one := &r.Results[i]; one.Case == c && one.Subject == subject {
			return one.Samples
		}
	}
	return nil
}

// ratio compares two subjects, by the rounds that both took part in; false: they cannot be.
func (r *report) ratio(c benchCase, f figure, subject, against string) (ratio, bool) {
	values, others := r.values(c, subject, f), r.values(c, against, f)
	both := min(len(values), len(others))
	values, others = values[:both], others[:both]
	if both == 0 || slices.Min(others) <= 0 {
		return ratio{}, false
	}
	for i := range values {
		values[i] /= others[i]
	}
	return ratio{c, f.name, subject, against, spreadOf(values)}, true
}

// ratios are all that the tables show.
func (r *report) ratios() []ratio {
	var list []ratio
	for _, f := range figures {
		for _, c := range r.cases(f.loop) {
			for _, subject := range r.Subjects {
				if against := reference(subject); subject != against && subject != "none" {
					if one, ok := r.ratio(c, f, subject, against); ok {
						list = append(list, one)
					}
				}
			}
		}
	}
	return list
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

func thousands(v float64) string { return fmt.Sprintf("%.0fk", v/1000) }
func whole(v float64) string     { return fmt.Sprintf("%.0f", v) }
func decimals(v float64) string  { return fmt.Sprintf("%.2f", v) }
