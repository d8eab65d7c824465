package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// report is what came of a run.
type report struct {
	OK        bool    `json:"ok"`
	Binds     int     `json:"binds"`
	Window    int     `json:"window"`
	Rate      float64 `json:"rate,omitempty"`  // that was asked for
	Seconds   float64 `json:"seconds"`         // from the first message to the last answer
	PerSecond float64 `json:"per_second"`      // answers
	CPU       float64 `json:"cpu_s,omitempty"` // of the process that --cpu-of names, in seconds
	tally
	Latency  map[string]quantiles `json:"latency_us"` // all, forwarded, refused; service in an open loop
	Examples []string             `json:"examples,omitempty"`
}

// quantiles are latencies in microseconds.
type quantiles struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99_9"`
	Max   float64 `json:"max"`
}

func (l *load) report() *report {
	r := &report{
		Binds: l.flags.Binds, Window: l.flags.Window, Rate: l.flags.Rate, Latency: map[string]quantiles{},
		CPU: l.cpuAfter - l.cpuBefore,
	}
	all := latencies{forwarded: newHistogram(), refused: newHistogram(), service: newHistogram()}
	var last time.Duration
	for _, k := range l.links {
		r.tally.add(&k.tally)
		last = max(last, k.last)
		r.Examples = append(r.Examples, k.examples...)
	}
	for _, share := range l.latencies {
		all.forwarded.Merge(share.forwarded)
		all.refused.Merge(share.refused)
		if share.service != nil {
			all.service.Merge(share.service)
		}
	}
	r.MC.Foreign = int(l.arrived.foreign.Load())
	r.Examples = r.Examples[:min(len(r.Examples), 2*maxExamples)]
	r.measure(&all, last)
	r.OK = r.right()
	return r
}

func (r *report) measure(all *latencies, last time.Duration) {
	r.Latency["forwarded"] = newQuantiles(all.forwarded)
	r.Latency["refused"] = newQuantiles(all.refused)
	if all.service.TotalCount() > 0 {
		r.Latency["service"] = newQuantiles(all.service)
	}
	all.forwarded.Merge(all.refused)
	r.Latency["all"] = newQuantiles(all.forwarded)
	r.Seconds = last.Seconds()
	if last > 0 {
		r.PerSecond = float64(all.forwarded.TotalCount()) / r.Seconds
	}
}

func newQuantiles(h *hdrhistogram.Histogram) quantiles {
	at := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	return quantiles{
		Count: h.TotalCount(),
		P50:   at(50), P90: at(90), P99: at(99), P999: at(99.9),
		Max: float64(h.Max()) / 1000,
	}
}

func (r *report) print(w io.Writer, asJSON bool) {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.Encode(r)
		return
	}
	fmt.Fprintf(w, "%d messages over %d binds with window %d in %.3f s: %.0f a second\n",
		r.Sent, r.Binds, r.Window, r.Seconds, r.PerSecond)
	fmt.Fprintf(w, "answers   %d right%s%s\n", r.Right, nonzero(
		"missing", r.Answers.Missing, "late", r.Answers.Late, "double", r.Answers.Double,
		"unasked", r.Answers.Unasked, "of the wrong command", r.Answers.WrongCommand,
		"of the wrong status", r.Answers.WrongStatus, "malformed", r.Answers.Malformed,
		"with the wrong unsuccess_sme", r.Answers.Unsuccess,
	), nonzero("messages never sent", r.Unsent, "connections cut off", r.CutOff))
	fmt.Fprintf(w, "statuses  %s\n", r.statuses())
	if r.MC.Checked {
		fmt.Fprintf(w, "at the MC %d arrived%s\n", r.MC.Arrived, nonzero("lost", r.MC.Lost, "altered", r.MC.Altered,
			"unexpected", r.MC.Unexpected, "double", r.MC.Double, "foreign", r.MC.Foreign))
	}
	if r.Deliver > 0 {
		fmt.Fprintf(w, "received  %d deliver_sm\n", r.Deliver)
	}
	r.printLatency(w)
	if r.CPU > 0 {
		fmt.Fprintf(w, "CPU       %.2f s, %.2f s for a million messages\n", r.CPU, r.CPU/float64(r.Sent)*1e6)
	}
	for _, example := range r.Examples {
		fmt.Fprintln(w, "fault:", example)
	}
	fmt.Fprintln(w, map[bool]string{true: "everything was right", false: "NOT RIGHT"}[r.OK])
}

func (r *report) printLatency(w io.Writer) {
	fmt.Fprintf(w, "%-10s%12s%12s%12s%12s%12s%12s\n",
		"latency us", "answers", "p50", "p90", "p99", "p99.9", "max")
	for _, name := range []string{"all", "forwarded", "refused", "service"} {
		if q, ok := r.Latency[name]; ok && q.Count > 0 {
			fmt.Fprintf(w, "%-10s%12d%12.0f%12.0f%12.0f%12.0f%12.0f\n",
				name, q.Count, q.P50, q.P90, q.P99, q.P999, q.Max)
		}
	}
}

// statuses are by count, the most frequent first.
func (r *report) statuses() string {
	names := make([]statusName, 0, len(r.Statuses))
	for st := range r.Statuses {
		names = append(names, st)
	}
	sort.Slice(names, func(i, j int) bool {
		if r.Statuses[names[i]] != r.Statuses[names[j]] {
			return r.Statuses[names[i]] > r.Statuses[names[j]]
		}
		return names[i] < names[j]
	})
	var parts []string
	for _, st := range names {
		name, _ := st.MarshalText()
		parts = append(parts, fmt.Sprintf("%s %d", name, r.Statuses[st]))
	}
	return strings.Join(parts, ", ")
}

// nonzero lists the counts that are not 0, each behind its name: ", 3 missing".
func nonzero(namesAndCounts ...any) string {
	var out strings.Builder
	for i := 0; i < len(namesAndCounts); i += 2 {
		if n := namesAndCounts[i+1].(int); n != 0 {
			fmt.Fprintf(&out, ", %d %s", n, namesAndCounts[i])
		}
	}
	return out.String()
}
