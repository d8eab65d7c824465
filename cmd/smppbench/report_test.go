package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCases(t *testing.T) {
	t.Parallel()
	list, err := (&runCmd{Points: []string{"1x10", "100x1"}, Rates: []int{1000}}).cases()
	if err != nil {
		t.Fatal(err)
	}
	want := []benchCase{{Binds: 1, Window: 10}, {Binds: 100, Window: 1}, {openBinds, openWindow, 1000}}
	for i := range want {
		if list[i] != want[i] {
			t.Errorf("case %d: %v, want %v", i, list[i], want[i])
		}
	}
	for _, wrong := range []runCmd{{Points: []string{"10"}}, {Points: []string{"0x1"}}, {Rates: []int{0}}} {
		if _, err := wrong.cases(); err == nil {
			t.Errorf("%v %v are taken", wrong.Points, wrong.Rates)
		}
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for want, values := range map[float64][]float64{2: {3, 1, 2}, 2.5: {4, 1, 3, 2}, 7: {7}} {
		if got := median(values); got != want {
			t.Errorf("%v: %v, want %v", values, got, want)
		}
	}
}

// TestReport holds the tables of a made-up comparison against what a reader expects to see.
func TestReport(t *testing.T) {
	t.Parallel()
	loop, open := benchCase{Binds: 10, Window: 100}, benchCase{Binds: openBinds, Window: openWindow, Rate: 1000}
	r := newReport(&runCmd{Rounds: 3, Duration: time.Second, Subjects: []string{"none", "haproxy", "geogate"}}, []result{
		{loop, "none", []sample{{PerSecond: 4e6}, {PerSecond: 3e6}, {PerSecond: 5e6}}},
		{loop, "haproxy", []sample{{2e6, 10, 20, 0.5}}},
		{loop, "geogate", []sample{{1e6, 20, 30, 1}}},
		{open, "none", []sample{{1000, 50, 60, 0}}},
		{open, "haproxy", []sample{{1000, 100, 200, 5}}},
		{open, "geogate", []sample{{1000, 110, 300, 6}}},
	})
	dir := t.TempDir()
	if err := r.write(dir); err != nil {
		t.Fatal(err)
	}
	if err := r.plot(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "bench.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"| 10 x 100 | 4000k (2.00) | 2000k | 1000k (0.50) |", "| 10 x 100 | - | 0.50 | 1.00 (2.00) |",
		"| 1000/s | 50 (0.50) | 100 | 110 (1.10) |", "| 1000/s | 60 (0.30) | 200 | 300 (1.50) |",
	} {
		if !strings.Contains(string(text), line+"\n") {
			t.Errorf("no line %s in:\n%s", line, text)
		}
	}
	plots, err := filepath.Glob(filepath.Join(dir, "*.svg"))
	if err != nil || len(plots) != 4 {
		t.Errorf("plots: %v %v", plots, err)
	}
}
