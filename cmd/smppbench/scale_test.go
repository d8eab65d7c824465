package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestGCTrace reads what the runtime prints, among other lines.
func TestGCTrace(t *testing.T) {
	t.Parallel()
	var g gcSample
	g.read(`{"level":"info"}
gc 33 @10.526s 4%: 0.25+619+0.084 ms clock, 0.5+0.25/300/100+0.25 ms cpu, 1267->1337->1096 MB, 1426 MB goal, 0 MB stacks, 0 MB globals, 2 P
gc 34 @14.792s 4%: 0.063+966+0.056 ms clock, 0.5+0.5/500/98+0 ms cpu, 1933->2025->1579 MB, 2193 MB goal, 0 MB stacks, 0 MB globals, 2 P (forced)
`, 10*time.Second)
	if g.Collections != 2 || g.Pauses.Count != 4 || g.Pauses.Max != 250 || g.Pauses.P50 != 84 || g.Share < 0.0999 || g.Share > 0.1001 {
		t.Errorf("%+v", g)
	}
}

func TestGCSettings(t *testing.T) {
	t.Parallel()
	limited := gcSetting{"off", 0.5}
	if env := strings.Join(limited.env(2000), " "); env != "GODEBUG=gctrace=1 GOGC=off GOMEMLIMIT=1000KiB" {
		t.Error(env)
	}
	if env := strings.Join(gcSettings[0].env(0), " "); strings.Contains(env, "GOMEMLIMIT") {
		t.Errorf("the first has no limit yet: %s", env)
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	if list, err := shapes("--policies", []string{"1x10000"}); err != nil || list[0] != (shape{1, 10_000}) {
		t.Error(list, err)
	}
	for _, wrong := range []string{"10", "0x30", "1x5"} {
		if _, err := shapes("--policies", []string{wrong}); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

// TestOwnMemory: a process is not larger than it ever was, nor of no size.
func TestOwnMemory(t *testing.T) {
	t.Parallel()
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	p := &process{}
	p.cmd = &exec.Cmd{Process: self}
	if resident, peak, err := p.memory(); err != nil || resident < 1<<20 || peak < resident {
		t.Errorf("%d, at most %d: %v", resident, peak, err)
	}
}

// TestScaleReport holds the tables of made-up measurements against what a reader expects to see.
func TestScaleReport(t *testing.T) {
	t.Parallel()
	small, large := shape{1, 30}, shape{100_000, 30}
	c := benchCase{Binds: 10, Window: 100}
	r := &scaleReport{
		Idle:  []idleMemory{{9000, 8900, 10 << 10, 110 << 10, 100 << 10, 11.5, 10.4}, {10, 10, 0, 1024, 0, 102.4, 0}},
		Crowd: &crowdResult{9000, 8900, 1000, []sample{{2e5, 1, 70, 4}}, []sample{{3e5, 1, 80, 3}}, 2048},
		Policies: []policyResult{
			{small, 0.5, 1, 2048, times{100, 900, 1000, 2000}}, {large, 17, 21, 2 << 20, times{100, 1000, 3000, 5000}},
		},
		Costs: []result{{c, "1 x 30", []sample{{1e6, 1, 2, 0.5}}}, {c, "100000 x 30", []sample{{9e5, 1, 2, 0.6}}}},
		GC: []gcResult{{small, "GOGC=100", []gcSample{
			{1e6, 100, 900, 3, times{6, 50, 0, 100}, 0.02, 2048}, {2e6, 200, 800, 1, times{2, 60, 0, 900}, 0.04, 4096}, {3e6, 300, 700, 2, times{4, 70, 0, 80}, 0.03, 3072},
		}}},
	}
	var text strings.Builder
	if err := r.markdown(&text); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"| 8900 (of 9000: descriptors) | 10.0 | 110.0 | 100.0 | 11.5 | 10.4 | yes |", "| 10 | 0.0 | 1.0 | 0.0 | 102.4 | 0.0 | NO |",
		"| 1000 | 0 | 200k | 4.00 | 70 |", "| 1000 | 8900 (of 9000: descriptors) | 300k | 3.00 | 80 |",
		"| 1 x 30 | 1000k |", "| 100000 x 30 | 900k (0.90, 0.90-0.90) |", "| 100000 x 30 | 0.60 (1.20, 1.20-1.20) |",
		"| 100000 x 30 | 17.00 | 21.00 | 2048.0 | 1000 | 3000 | 5000 |",
		"| 1 x 30 | GOGC=100 | 2000k | 200 | 800 | 2 | 60 | 900 | 3.0 % | 3.0 |",
	} {
		if !strings.Contains(text.String(), line+"\n") {
			t.Errorf("no line %s in:\n%s", line, text.String())
		}
	}
}
