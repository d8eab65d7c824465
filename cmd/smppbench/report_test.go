package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCases(t *testing.T) {
	t.Parallel()
	list, err := (&runCmd{Points: []string{"1x10", "100x1"}, Rates: []int{1000}, Refusing: []string{"10x10"}}).cases()
	if err != nil {
		t.Fatal(err)
	}
	want := []benchCase{
		{Binds: 1, Window: 10}, {Binds: 100, Window: 1}, {Binds: openBinds, Window: openWindow, Rate: 1000},
		{Binds: 10, Window: 10, Refused: refusedPercent},
	}
	if !slices.Equal(list, want) {
		t.Errorf("%v, want %v", list, want)
	}
	for _, wrong := range []runCmd{{Points: []string{"10"}}, {Points: []string{"0x1"}}, {Rates: []int{0}}, {Refusing: []string{"1x"}}} {
		if _, err := wrong.cases(); err == nil {
			t.Errorf("%v %v %v are taken", wrong.Points, wrong.Rates, wrong.Refusing)
		}
	}
}

// TestTurns: every subject is loaded once in each round, and not always behind the same one.
func TestTurns(t *testing.T) {
	t.Parallel()
	behind := map[[2]int]bool{}
	for round := range 4 {
		order := turns(4, round)
		for i := 1; i < len(order); i++ {
			behind[[2]int{order[i-1], order[i]}] = true
		}
		slices.Sort(order)
		if !slices.Equal(order, []int{0, 1, 2, 3}) {
			t.Errorf("round %d: %v", round, order)
		}
	}
	if !behind[[2]int{0, 1}] || !behind[[2]int{1, 0}] {
		t.Errorf("only %v", behind)
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	values := []float64{4, 1, 3, 2}
	if got := spreadOf(values); got != (spread{2.5, 1, 4}) {
		t.Errorf("%v of %v", got, values)
	}
	if got := spreadOf([]float64{3, 1, 2}); got.Median != 2 {
		t.Error(got)
	}
}

// TestRatioIsPaired: a machine that becomes half as fast between two rounds changes no ratio.
func TestRatioIsPaired(t *testing.T) {
	t.Parallel()
	c := benchCase{Binds: 1, Window: 1}
	r := newReport(&runCmd{Subjects: []string{"haproxy", "geogate"}}, &bench{}, []result{
		{c, "haproxy", []sample{{PerSecond: 100}, {PerSecond: 50}, {PerSecond: 100}}},
		{c, "geogate", []sample{{PerSecond: 90}, {PerSecond: 45}}}, // it took no part in further rounds
	})
	if len(r.Ratios) != 1 || math.Abs(r.Ratios[0].Median-0.9) > 1e-9 || math.Abs(r.Ratios[0].Max-r.Ratios[0].Min) > 1e-9 {
		t.Errorf("%+v", r.Ratios)
	}
}

// madeUp is a comparison whose figures are easy to reckon with.
func madeUp() *report {
	loop, open := benchCase{Binds: 10, Window: 100}, benchCase{Binds: openBinds, Window: openWindow, Rate: 1000}
	refused := benchCase{Binds: 1, Window: 10, Refused: refusedPercent}
	subjects := []string{"none", "haproxy", "geogate", "decode", "haproxy-tls", "geogate-tls"}
	return newReport(&runCmd{Rounds: 3, Subjects: subjects}, &bench{duration: time.Second}, []result{
		{loop, "none", []sample{{PerSecond: 4e6}, {PerSecond: 3e6}, {PerSecond: 5e6}}},
		{loop, "haproxy", []sample{{2e6, 10, 20, 0.5}, {2e6, 10, 20, 0.5}, {1e6, 10, 20, 0.5}}},
		{loop, "geogate", []sample{{1e6, 20, 30, 1}, {1.2e6, 20, 30, 1}, {1e6, 20, 30, 1}}},
		{loop, "decode", []sample{{5e4, 20, 30, 9}, {6e4, 20, 30, 9}, {4e4, 20, 30, 9}}},
		{loop, "haproxy-tls", []sample{{1e6, 10, 20, 2}}},
		{loop, "geogate-tls", []sample{{1e6, 10, 20, 1}}},
		{open, "none", []sample{{1000, 50, 60, 0}}},
		{open, "haproxy", []sample{{1000, 100, 200, 5}}},
		{open, "geogate", []sample{{1000, 110, 300, 6}}},
		{refused, "geogate", []sample{{3e6, 10, 20, 0.25}}},
	})
}

// TestReport holds the tables of a made-up comparison against what a reader expects to see.
func TestReport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := madeUp()
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
		"| 10 x 100 | 4000k | 2000k | 1000k (0.60, 0.50-1.00) | 50k (0.03, 0.03-0.04) |",
		"| 10 x 100 | 0.50 | 1.00 (2.00, 2.00-2.00) | 9.00 (18.00, 18.00-18.00) |",
		"| 1000/s | 50 | 100 | 110 (1.10, 1.10-1.10) | - |", "| 1000/s | 60 | 200 | 300 (1.50, 1.50-1.50) | - |",
		"| 1000/s | 50 | 60 (1.20, 1.20-1.20) | - |", // added
		"| 10 x 100 | 4000k | 1000k | 1000k (1.00, 1.00-1.00) |",
		"| 1 x 10 | 3000k | - |", "| 1 x 10 | 0.25 | - |", // refused
		"| plain, throughput | 0.60 | 10 x 100 | 0.60 | 0 of 1 | at least 0.95, 1.00 at most points: NO |",
		"| TLS, throughput | 1.00 | 10 x 100 | 1.00 | 1 of 1 | at least 0.95, 1.00 at most points: yes |",
		"| plain, CPU a message | 2.00 | 10 x 100 | 2.00 | 0 of 1 | at most 1.10: NO |",
		"| TLS, CPU a message | 0.50 | 10 x 100 | 0.50 | 1 of 1 | at most 1.10: yes |",
		"| throughput over decode | 20.0 | 10 x 100 | | | at least 20: yes |",
	} {
		if !strings.Contains(string(text), line+"\n") {
			t.Errorf("no line %s in:\n%s", line, text)
		}
	}
	plots, err := filepath.Glob(filepath.Join(dir, "*.svg"))
	if err != nil || len(plots) != 3+3+4+1 { // closed loops plain and over TLS, open ones plain, the ratio
		t.Errorf("plots: %v %v", plots, err)
	}
}

// TestReportJSON: who reads the JSON finds the ratios and what it was measured with.
func TestReportJSON(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(madeUp())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"figure":"throughput","subject":"geogate","against":"haproxy","median":0.6,"min":0.5,"max":1`,
		`"refused_percent":30`, `"rules_per_account":30`, `"go":"go1.`, `"kernel":"Linux`,
	} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("no %s in:\n%s", part, raw)
		}
	}
}

// TestMix: what is sent is refused as often as asked for.
func TestMix(t *testing.T) {
	t.Parallel()
	if mix := mixOf(0); strings.Contains(mix, "weight") || strings.Count(mix, ";") != len(allowed)-1 {
		t.Error(mix)
	}
	if mix := mixOf(30); strings.Count(mix, "ESME_RINVDSTADR weight=30") != len(closed) ||
		strings.Count(mix, "weight=70") != len(allowed) {
		t.Error(mix)
	}
}

// TestPolicyShape: an account has as many rules as asked for, no two of them the same, none about the mix itself.
func TestPolicyShape(t *testing.T) {
	t.Parallel()
	for _, rules := range []int{10, 30, 10_000} {
		fields := map[string]bool{}
		hash := shape{1, rules}.hash(7)
		for i := 0; i < len(hash); i += 2 {
			fields[hash[i]] = true
			for _, number := range allowed {
				if hash[i+1] == "block" && strings.HasPrefix("+"+number, hash[i]) {
					t.Errorf("%s closes %s", hash[i], number)
				}
			}
		}
		if len(fields) != rules {
			t.Errorf("%d fields, want %d", len(fields), rules)
		}
	}
}
