package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is what a comparison came to. Every figure in its tables is the median of the rounds.
type report struct {
	Date     string   `json:"date"`
	CPUs     int      `json:"cpus"`
	Rounds   int      `json:"rounds"`
	Seconds  float64  `json:"seconds"` // of one run
	Subjects []string `json:"subjects"`
	Results  []result `json:"results"`
}

func newReport(c *runCmd, results []result) *report {
	return &report{
		Date: time.Now().UTC().Format(time.DateOnly), CPUs: runtime.NumCPU(), Rounds: c.Rounds,
		Seconds: c.Duration.Seconds(), Subjects: c.Subjects, Results: results,
	}
}

// write writes bench.json and bench.md.
func (r *report) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "bench.json"), append(raw, '\n'), 0o644); err != nil {
		return err
	}
	var text strings.Builder
	if err := r.markdown(&text); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "bench.md"), []byte(text.String()), 0o644)
}

// figure is something that is compared.
type figure struct {
	title string
	of    func(sample) float64
	show  func(float64) string
	open  bool // of open loops; false: of closed ones
	proxy bool // of a proxy: nothing in between has none
}

var figures = []figure{
	{"Messages answered a second", func(s sample) float64 { return s.PerSecond }, thousands, false, false},
	{"CPU seconds of the proxy for a million messages",
		func(s sample) float64 { return s.CPUPerMillion }, decimals, false, true},
	{"Closed loop, p99 in microseconds", func(s sample) float64 { return s.P99 }, whole, false, false},
	{"Open loop, p50 in microseconds", func(s sample) float64 { return s.P50 }, whole, true, false},
	{"Open loop, p99 in microseconds", func(s sample) float64 { return s.P99 }, whole, true, false},
}

// reference is what the others are held against.
const reference = "haproxy"

func (r *report) markdown(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s, %d CPUs, medians of %d runs of %g s each; load, proxy and message centre share the machine."+
		"\nEvery answer and every octet forwarded was checked. In brackets: the ratio to HAProxy's.\n",
		r.Date, r.CPUs, r.Rounds, r.Seconds)
	for _, f := range figures {
		if err == nil {
			err = r.table(w, f)
		}
	}
	return err
}

// table writes one figure: a row for each case, a column for each subject.
func (r *report) table(w io.Writer, f figure) error {
	cases := r.cases(f.open)
	if len(cases) == 0 {
		return nil
	}
	var out strings.Builder
	load := "binds x window"
	if f.open {
		load = fmt.Sprintf("over %d binds", openBinds)
	}
	fmt.Fprintf(&out, "\n### %s\n\n| %s | %s |\n|---|%s\n", f.title, load, strings.Join(r.Subjects, " | "),
		strings.Repeat("---:|", len(r.Subjects)))
	for _, c := range cases {
		fmt.Fprintf(&out, "| %s |", c)
		against := r.median(c, reference, f)
		for _, subject := range r.Subjects {
			fmt.Fprintf(&out, " %s |", f.cell(subject, r.median(c, subject, f), against))
		}
		out.WriteByte('\n')
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (f figure) cell(subject string, value, against float64) string {
	switch {
	case f.proxy && subject == "none":
		return "-"
	case subject == reference || against == 0:
		return f.show(value)
	}
	return fmt.Sprintf("%s (%.2f)", f.show(value), value/against)
}

func (r *report) cases(open bool) []benchCase {
	var list []benchCase
	for _, one := range r.Results {
		if (one.Case.Rate > 0) == open && !slices.Contains(list, one.Case) {
			list = append(list, one.Case)
		}
	}
	return list
}

// median is the middle figure of a subject's rounds; 0: it was not compared.
func (r *report) median(c benchCase, subject string, f figure) float64 {
	for _, one := range r.Results {
		if one.Case == c && one.Subject == subject {
			values := make([]float64, 0, len(one.Samples))
			for _, s := range one.Samples {
				values = append(values, f.of(s))
			}
			return median(values)
		}
	}
	return 0
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}

func thousands(v float64) string { return fmt.Sprintf("%.0fk", v/1000) }
func whole(v float64) string     { return fmt.Sprintf("%.0f", v) }
func decimals(v float64) string  { return fmt.Sprintf("%.2f", v) }
