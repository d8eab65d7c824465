package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"time"
)

// loadReport is what esmeload tells.
type loadReport struct {
	OK        bool    `json:"ok"`
	Sent      int     `json:"sent"`
	PerSecond float64 `json:"per_second"`
	CPU       float64 `json:"cpu_s"` // of the proxy, while messages were under way
	Latency   map[string]struct {
		P50 float64 `json:"p50"`
		P99 float64 `json:"p99"`
	} `json:"latency_us"`
	Examples []string `json:"examples"`
}

// load runs esmeload. Anything wrong with an answer, or with what arrived, is an error.
func (b *bench) load(ctx context.Context, s *subject, c benchCase, duration time.Duration) (*loadReport, error) {
	cmd := exec.CommandContext(ctx, beside("esmeload"), b.loadArgs(s, c, duration)...)
	var told bytes.Buffer
	cmd.Stderr = &told
	out, err := cmd.Output()
	return readLoad(out, told.Bytes(), err)
}

func (b *bench) loadArgs(s *subject, c benchCase, duration time.Duration) []string {
	args := []string{"--addr", s.addr, "--mc", b.centre, "--system-id", "a%d", "--accounts", strconv.Itoa(s.accounts),
		"--binds", strconv.Itoa(c.Binds), "--window", strconv.Itoa(c.Window),
		"--duration", duration.String(), "--mix", mixOf(c.Refused), "--json"}
	if c.Rate > 0 {
		args = append(args, "--rate", strconv.Itoa(c.Rate))
	}
	if s.proxy != nil {
		args = append(args, "--cpu-of", strconv.Itoa(s.proxy.cmd.Process.Pid))
	}
	if s.tls {
		args = append(args, "--tls", "--ca", b.certificate.file)
	}
	return args
}

// readLoad reads the report of an esmeload that ended so.
func readLoad(out, told []byte, ended error) (*loadReport, error) {
	var r loadReport
	if err := json.Unmarshal(out, &r); err != nil {
		return nil, fmt.Errorf("esmeload: %v: %s", ended, told)
	}
	if !r.OK {
		return nil, fmt.Errorf("not everything was right: %q", r.Examples)
	}
	return &r, nil
}
