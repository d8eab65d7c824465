package main

import (
	"fmt"
	"slices"
	"strings"
)

// What is wanted of Geogate beside HAProxy.
const (
	wantThroughput = 0.95
	wantCPU        = 1.1
	wantP99        = 1.2
	wantDecode     = 20 // times the proxy that decodes each PDU
)

// standing is how Geogate stands in one figure, over all cases.
type standing struct {
	worst, median float64
	at            benchCase // of the worst
	level         int       // cases in which it is at least as good
	cases         int
}

// standing looks at the cases of a figure; larger: more is better.
func (r *report) standing(f figure, subject string, larger bool) (s standing, ok bool) {
	var values []float64
	for _, c := range r.cases(f.loop) {
		one, ok := r.ratio(c, f, subject, reference(subject))
		if !ok {
			continue
		}
		if len(values) == 0 || larger == (one.Median < s.worst) {
			s.worst, s.at = one.Median, c
		}
		if larger && one.Median >= 1 || !larger && one.Median <= 1 {
			s.level++
		}
		values = append(values, one.Median)
	}
	if len(values) == 0 {
		return s, false
	}
	s.median, s.cases = median(values), len(values)
	return s, true
}

// summary writes how Geogate stands beside HAProxy, and what is wanted of it.
func (r *report) summary(out *strings.Builder) {
	var rows []string
	for _, subject := range []string{"geogate", "geogate" + tlsSuffix} {
		if slices.Contains(r.Subjects, subject) && slices.Contains(r.Subjects, reference(subject)) {
			rows = append(rows, r.standings(subject)...)
		}
	}
	rows = append(rows, r.overDecode()...)
	if len(rows) == 0 {
		return
	}
	out.WriteString("\n### Geogate over HAProxy\n\n| | worst | at | median of all | as good or better | wanted |\n" +
		"|---|---:|---|---:|---:|---|\n" + strings.Join(rows, ""))
}

func (r *report) standings(subject string) (rows []string) {
	way := "plain"
	if strings.HasSuffix(subject, tlsSuffix) {
		way = "TLS"
	}
	for _, line := range []struct {
		what   string
		figure figure
		larger bool
		wanted float64 // of the worst; 0: nothing
	}{
		{"throughput", throughput, true, wantThroughput},
		{"CPU a message", cpuCost, false, wantCPU},
		{"p99 of closed loops", closedP99, false, wantP99},
		{"p50 of open loops", openP50, false, 0},
		{"p99 of open loops", openP99, false, wantP99},
		{"p50 added", addedP50, false, 0},
		{"p99 added", addedP99, false, 0},
	} {
		s, ok := r.standing(line.figure, subject, line.larger)
		if !ok {
			continue
		}
		rows = append(rows, fmt.Sprintf("| %s, %s | %.2f | %s | %.2f | %d of %d | %s |\n",
			way, line.what, s.worst, s.at, s.median, s.level, s.cases, wanted(s, line.larger, line.wanted)))
	}
	return rows
}

// wanted says what is wanted, and whether it is so.
func wanted(s standing, larger bool, limit float64) string {
	switch {
	case limit == 0:
		return ""
	case larger:
		return fmt.Sprintf("at least %.2f, 1.00 at most points: %s", limit, yes(s.worst >= limit && 2*s.level > s.cases))
	}
	return fmt.Sprintf("at most %.2f: %s", limit, yes(s.worst <= limit))
}

func yes(met bool) string {
	if met {
		return "yes"
	}
	return "NO"
}

// overDecode is how many times the proxy that decodes every PDU Geogate is.
func (r *report) overDecode() []string {
	one, ok := r.ratio(benchCase{Binds: 10, Window: 100}, throughput, "geogate", "decode")
	if !ok {
		return nil
	}
	return []string{fmt.Sprintf("| throughput over decode | %.1f | %s | | | at least %d: %s |\n", one.Median, one.Case,
		wantDecode, yes(one.Median >= wantDecode))}
}
