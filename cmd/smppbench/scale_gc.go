package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// gcResult is what garbage collection costs under one policy with one setting.
type gcResult struct {
	Policy  shape      `json:"policy"`
	Setting string     `json:"setting"`
	Samples []gcSample `json:"samples"`
}

// gcSample is one run: a closed loop, then an open one.
type gcSample struct {
	PerSecond   float64 `json:"per_second"` // of the closed loop
	P50         float64 `json:"p50_us"`     // of the open one
	P99         float64 `json:"p99_us"`
	Collections int     `json:"collections"`
	Pauses      times   `json:"pause_us"`  // of all goroutines, two a collection
	Share       float64 `json:"cpu_share"` // of the process's CPU time
	Peak        int64   `json:"peak_kib"`  // in memory while the loads ran
}

// What loads Geogate while its collections are measured.
var (
	gcClosed = benchCase{Binds: 100, Window: 10}
	gcOpen   = benchCase{Binds: openBinds, Window: openWindow, Rate: 10_000}
)

// gcSetting is an environment for Geogate. A memory limit is a share of what it takes by default.
type gcSetting struct {
	gogc  string
	limit float64 // 0: none
}

var gcSettings = []gcSetting{{"100", 0}, {"50", 0}, {"200", 0}, {"100", 0.75}, {"off", 1}}

func (s gcSetting) env(usual int64) []string {
	env := []string{"GODEBUG=gctrace=1", "GOGC=" + s.gogc}
	if s.limit > 0 {
		env = append(env, fmt.Sprintf("GOMEMLIMIT=%dKiB", int64(s.limit*float64(usual))))
	}
	return env
}

func (s gcSetting) String() string {
	text := "GOGC=" + s.gogc
	if s.limit > 0 {
		text += fmt.Sprintf(", GOMEMLIMIT=%.0f %% of the first's peak", 100*s.limit)
	}
	return text
}

// gc measures collections under each policy with each setting, taking turns. Each run has a Geogate of its own: what
// others collect meanwhile would be in the way. The garbage is that of reading the whole policy again.
func (c *scaleCmd) gc(ctx context.Context, r *scaleReport) error {
	list, err := shapes("--gc-policies", c.GCPolicies)
	if err != nil {
		return err
	}
	r.GCSeconds, r.GCPass = 2*c.GCDuration.Seconds(), c.GCPass.Seconds()
	for _, policy := range list {
		results, err := c.gcUnder(ctx, policy)
		if err != nil {
			return fmt.Errorf("%s: %w", policy, err)
		}
		r.GC = append(r.GC, results...)
	}
	return nil
}

func (c *scaleCmd) gcUnder(ctx context.Context, policy shape) ([]gcResult, error) {
	b, err := newBench(c.GCDuration)
	if err != nil {
		return nil, err
	}
	defer b.close()
	url, err := b.startRedis(ctx, policy)
	if err != nil {
		return nil, err
	}
	results := make([]gcResult, len(gcSettings))
	var usual int64
	for range c.Rounds {
		for i, setting := range gcSettings {
			o := geogateOptions{redis: url, fullPass: c.GCPass, env: setting.env(usual)}
			one, err := b.collect(ctx, policy, o)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", setting, err)
			}
			if usual == 0 {
				usual = one.Peak
			}
			results[i].Policy, results[i].Setting = policy, setting.String()
			results[i].Samples = append(results[i].Samples, one)
		}
	}
	return results, nil
}

// collect loads a Geogate of its own and reads what it tells of its collections meanwhile.
func (b *bench) collect(ctx context.Context, policy shape, o geogateOptions) (g gcSample, err error) {
	s, err := b.alone(ctx, "geogate", policy.Accounts, o)
	if err != nil {
		return g, err
	}
	defer b.end(s.proxy)
	if err := s.quiet(ctx); err != nil {
		return g, err
	}
	before, err := s.proxy.cpu()
	if err != nil {
		return g, err
	}
	s.proxy.out.take()
	if err := s.proxy.forgetPeak(); err != nil {
		return g, err
	}
	closedLoad, err := b.measure(ctx, s, gcClosed)
	if err != nil {
		return g, err
	}
	openLoad, err := b.measure(ctx, s, gcOpen)
	if err != nil {
		return g, err
	}
	g.PerSecond, g.P50, g.P99 = closedLoad.PerSecond, openLoad.P50, openLoad.P99
	after, err := s.proxy.cpu()
	if err != nil {
		return g, err
	}
	_, peak, err := s.proxy.memory()
	g.Peak = peak >> 10
	g.read(s.proxy.out.take(), after-before)
	return g, err
}

// forgetPeak has the kernel begin anew with the most memory that the process had.
func (p *process) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0)
}

// gcLine is what GODEBUG=gctrace=1 has the runtime print (package runtime, "Environment Variables"): clock and CPU
// milliseconds of sweep termination, marking and mark termination; all goroutines stand still in the first and the last.
var gcLine = regexp.MustCompile(`(?m)^gc \d+ @\S+ \d+%: ([\d.]+)\+[\d.]+\+([\d.]+) ms clock, ([\d.+/]+) ms cpu`)

// read takes in what the runtime has told while the process computed for so long.
func (g *gcSample) read(trace string, computed time.Duration) {
	var pauses []time.Duration
	collecting := 0.0 // milliseconds
	for _, m := range gcLine.FindAllStringSubmatch(trace, -1) {
		g.Collections++
		for _, text := range m[1:3] {
			ms, _ := strconv.ParseFloat(text, 64) // the expression lets nothing else through
			pauses = append(pauses, time.Duration(ms*float64(time.Millisecond)))
		}
		for _, text := range strings.FieldsFunc(m[3], func(r rune) bool { return r == '+' || r == '/' }) {
			ms, _ := strconv.ParseFloat(text, 64)
			collecting += ms
		}
	}
	g.Pauses = timesOf(pauses)
	if computed > 0 {
		g.Share = collecting / 1000 / computed.Seconds()
	}
}
