package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSideBySide runs a comparison of a fraction of a second a subject: every one of them relays every message
// right. Its figures mean nothing.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	need(t, "redis-server", "apt-get install redis-server")
	need(t, "haproxy", "apt-get install haproxy")
	dir := t.TempDir()
	out, err := exec.Command(program("smppbench"), "--rounds", "1", "--further", "1", "--duration", "200ms", "--points", "10x10",
		"--rates", "1000", "--refusing", "10x10", "--out", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Results []struct {
			Case struct {
				Refused int `json:"refused_percent"`
			}
			Subject string
			Samples []struct {
				PerSecond float64 `json:"per_second"`
			}
		}
		Ratios []struct{ Subject string }
	}
	if err := json.Unmarshal(raw, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Results) != 7*2+2 { // two cases of each subject, and one of those who refuse
		t.Fatalf("%d results: %s", len(report.Results), raw)
	}
	rounds := map[string]int{"none": 2, "haproxy": 2, "geogate": 2, "copy": 1, "decode": 1, "haproxy-tls": 2, "geogate-tls": 2}
	for _, r := range report.Results {
		want := rounds[r.Subject]
		if r.Case.Refused > 0 {
			want = 1
		}
		if len(r.Samples) != want || r.Samples[0].PerSecond <= 0 {
			t.Errorf("%s: %+v in %d rounds", r.Subject, r.Samples, want)
		}
	}
	compared := map[string]bool{}
	for _, r := range report.Ratios {
		compared[r.Subject] = true
	}
	if len(compared) != 4 { // geogate, copy and decode to haproxy, geogate-tls to haproxy-tls
		t.Errorf("ratios of %v", compared)
	}
}

// TestScale runs every part of smppbench scale with a handful of sessions and accounts. Its figures mean nothing.
func TestScale(t *testing.T) {
	t.Parallel()
	need(t, "redis-server", "apt-get install redis-server")
	dir := t.TempDir()
	out, err := exec.Command(program("smppbench"), "scale", "--rounds", "1", "--duration", "200ms", "--idle", "20",
		"--settle", "1ms", "--crowd-idle", "20", "--crowd-busy", "5", "--policies", "1x10,20x30", "--points", "10x10",
		"--changes", "4", "--gc-policies", "20x30", "--gc-duration", "200ms", "--gc-pass", "1s", "--out", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "scale.json"))
	if err != nil {
		t.Fatal(err)
	}
	type samples []struct {
		PerSecond float64 `json:"per_second"`
	}
	var report struct {
		Idle []struct {
			Pairs int
			Bound int `json:"bound_kib"`
		}
		Crowd    struct{ Without, Beside samples }
		Policies []struct {
			Changes struct{ Count int } `json:"change_us"`
		}
		Costs, GC []struct{ Samples samples }
	}
	if err := json.Unmarshal(raw, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Idle) != 1 || report.Idle[0].Pairs != 20 || report.Idle[0].Bound < 1024 {
		t.Errorf("idle: %+v", report.Idle)
	}
	runs := []samples{report.Crowd.Without, report.Crowd.Beside}
	for _, r := range append(report.Costs, report.GC...) {
		runs = append(runs, r.Samples)
	}
	for i, s := range runs {
		if len(s) != 1 || s[0].PerSecond <= 0 {
			t.Errorf("run %d: %v", i, s)
		}
	}
	if len(report.Policies) != 2 || report.Policies[1].Changes.Count != 4 || len(runs) != 2+2+5 {
		t.Errorf("%d runs, policies %+v", len(runs), report.Policies)
	}
}
