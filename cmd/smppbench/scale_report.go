package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// scaleReport is what measuring Geogate alone came to.
type scaleReport struct {
	Machine   machine        `json:"machine"`
	Rounds    int            `json:"rounds"`
	Seconds   float64        `json:"seconds"` // of one run
	Idle      []idleMemory   `json:"idle,omitempty"`
	Crowd     *crowdResult   `json:"crowd,omitempty"`
	Policies  []policyResult `json:"policies,omitempty"`
	Costs     []result       `json:"costs,omitempty"` // of messages, by policy
	GC        []gcResult     `json:"gc,omitempty"`
	GCSeconds float64        `json:"gc_seconds,omitempty"`
	GCPass    float64        `json:"gc_pass_seconds,omitempty"`
}

func (r *scaleReport) markdown(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s.\n\nMedians of %d runs of %g s each; load, Geogate and message centre share the machine. Every "+
		"answer and every\noctet forwarded was checked.\n", r.Machine, r.Rounds, r.Seconds)
	r.idleTable(&out)
	r.crowdTable(&out)
	r.policyTables(&out)
	r.gcTable(&out)
	_, err := io.WriteString(w, out.String())
	return err
}

func mib(kib int64) string { return fmt.Sprintf("%.1f", float64(kib)/1024) }

func (r *scaleReport) idleTable(out *strings.Builder) {
	if len(r.Idle) == 0 {
		return
	}
	fmt.Fprintf(out, "\n### Memory of idle sessions\n\nOf the process, as the kernel counts it; at most %d KiB a pair are "+
		"wanted.\n\n| pairs | MiB before | MiB bound | MiB later | KiB a pair bound | KiB a pair later | |\n"+
		"|---:|---:|---:|---:|---:|---:|---|\n", wantIdle)
	for _, m := range r.Idle {
		fmt.Fprintf(out, "| %s | %s | %s | %s | %.1f | %.1f | %s |\n", possible(m.Pairs, m.Asked), mib(m.Before), mib(m.Bound),
			mib(m.Settled), m.PerPairBound, m.PerPairSettled, yes(max(m.PerPairBound, m.PerPairSettled) <= wantIdle))
	}
}

// possible is a number of pairs, and how many were asked for where the descriptors did not reach.
func possible(n, asked int) string {
	if n == asked {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d (of %d: descriptors)", n, asked)
}

func (r *scaleReport) crowdTable(out *strings.Builder) {
	c := r.Crowd
	if c == nil {
		return
	}
	fmt.Fprintf(out, "\n### Busy sessions beside idle ones\n\n| busy x 10 | idle | answered a second | CPU s a million | "+
		"p99 us |\n|---:|---:|---:|---:|---:|\n")
	row := func(idle string, samples []sample) {
		of := func(f func(sample) float64) float64 { return medianOf(samples, f) }
		fmt.Fprintf(out, "| %d | %s | %s | %.2f | %.0f |\n", c.Busy, idle, thousands(of(perSecond)), of(cpu), of(p99))
	}
	row("0", c.Without)
	row(possible(c.Idle, c.AskedIdle), c.Beside)
	fmt.Fprintf(out, "\nGeogate has %s MiB in memory at the end; no idle session was cut off.\n", mib(c.Resident))
}

func medianOf[T any](samples []T, of func(T) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	return median(values)
}

// policyTables writes what messages and changes cost under each policy. In brackets: the ratio to the first policy's.
func (r *scaleReport) policyTables(out *strings.Builder) {
	if len(r.Policies) == 0 {
		return
	}
	costs := &report{Results: r.Costs}
	for _, f := range []figure{throughput, cpuCost} {
		cases := costs.cases(closedLoop)
		fmt.Fprintf(out, "\n### %s, by policy\n\nIn brackets: the ratio to the first policy's, taken within each round: "+
			"median, least and greatest.\n\n| accounts x rules |", f.title)
		for _, c := range cases {
			fmt.Fprintf(out, " %s |", c)
		}
		fmt.Fprintf(out, "\n|---|%s\n", strings.Repeat("---:|", len(cases)))
		for i, p := range r.Policies {
			fmt.Fprintf(out, "| %s |", p.Policy)
			for _, c := range cases {
				text := f.show(median(costs.values(c, p.Policy.String(), f)))
				if one, ok := costs.ratio(c, f, p.Policy.String(), r.Policies[0].Policy.String()); ok && i > 0 {
					text += " (" + one.String() + ")"
				}
				fmt.Fprintf(out, " %s |", text)
			}
			out.WriteByte('\n')
		}
	}
	out.WriteString("\n### Policies in memory, and changes of one account\n\nReady: from the start of the process until the " +
		"policy from Redis is in force. Quiet: until all of it was read again,\nbehind the connection that tells of changes. " +
		"A change: from HSET until an ESME that asks without a pause meets\nthe other verdict.\n\n" +
		"| accounts x rules | ready after s | quiet after s | MiB | change p50 us | p99 us | max us |\n|---|---:|---:|---:|---:|---:|---:|\n")
	for _, p := range r.Policies {
		fmt.Fprintf(out, "| %s | %.2f | %.2f | %s | %.0f | %.0f | %.0f |\n", p.Policy, p.Ready, p.Quiet, mib(p.Resident), p.Changes.P50,
			p.Changes.P99, p.Changes.Max)
	}
}

func (r *scaleReport) gcTable(out *strings.Builder) {
	if len(r.GC) == 0 {
		return
	}
	fmt.Fprintf(out, "\n### Garbage collection\n\nOver %g s of load, a closed loop of %s and then an open one of %s; the whole "+
		"policy is read again every %g s\n(as delivered: 30 s). The longest pause is that of all runs.\n\n"+
		"| accounts x rules | setting | answered a second | open p50 us | p99 us | collections | pause p50 us | max us | "+
		"share of CPU | MiB at most |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n", r.GCSeconds, gcClosed, gcOpen, r.GCPass)
	for i := range r.GC {
		g := &r.GC[i]
		of := func(f func(gcSample) float64) float64 { return medianOf(g.Samples, f) }
		longest := slices.MaxFunc(g.Samples, func(a, b gcSample) int { return int(a.Pauses.Max - b.Pauses.Max) }).Pauses.Max
		fmt.Fprintf(out, "| %s | %s | %s | %.0f | %.0f | %.0f | %.0f | %.0f | %.1f %% | %s |\n", g.Policy, g.Setting,
			thousands(of(func(s gcSample) float64 { return s.PerSecond })),
			of(func(s gcSample) float64 { return s.P50 }), of(func(s gcSample) float64 { return s.P99 }),
			of(func(s gcSample) float64 { return float64(s.Collections) }),
			of(func(s gcSample) float64 { return s.Pauses.P50 }), longest,
			100*of(func(s gcSample) float64 { return s.Share }),
			mib(int64(of(func(s gcSample) float64 { return float64(s.Peak) }))))
	}
}
