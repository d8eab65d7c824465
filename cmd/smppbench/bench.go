package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// bench is one comparison: the subjects run all the time, and are loaded one after the other.
type bench struct {
	cmd       *runCmd
	dir       string // for files of the programs
	centre    string // where esmeload is the message centre
	subjects  []*subject
	processes []*process
}

func newBench(ctx context.Context, cmd *runCmd) (*bench, error) {
	b := &bench{cmd: cmd}
	var err error
	if b.dir, err = os.MkdirTemp("", "smppbench-"); err != nil {
		return nil, err
	}
	if b.centre, err = freeAddr(); err != nil {
		b.close()
		return nil, err
	}
	for _, name := range cmd.Subjects {
		s, err := b.start(ctx, name)
		if err != nil {
			b.close()
			return nil, err
		}
		b.subjects = append(b.subjects, s)
	}
	return b, nil
}

func (b *bench) close() {
	for i := len(b.processes) - 1; i >= 0; i-- {
		b.processes[i].stop()
	}
	os.RemoveAll(b.dir)
}

// sample is what one run came to.
type sample struct {
	PerSecond     float64 `json:"per_second"`
	P50           float64 `json:"p50_us"` // from when a message was due to its answer
	P99           float64 `json:"p99_us"`
	CPUPerMillion float64 `json:"cpu_s_per_million"` // of the proxy alone, for a million messages
}

// result is one case of one subject.
type result struct {
	Case    benchCase `json:"case"`
	Subject string    `json:"subject"`
	Samples []sample  `json:"samples"`
}

// compare runs every case for every subject, taking turns: what disturbs the machine for a while disturbs all
// of them.
func (b *bench) compare(ctx context.Context, cases []benchCase) ([]result, error) {
	results := make([]result, 0, len(cases)*len(b.subjects))
	for _, c := range cases {
		first := len(results)
		for _, s := range b.subjects {
			results = append(results, result{Case: c, Subject: s.name})
		}
		for round := range b.cmd.Rounds {
			for i := range b.subjects {
				turn := (i + round) % len(b.subjects)
				one, err := b.measure(ctx, b.subjects[turn], c)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", c, b.subjects[turn].name, err)
				}
				results[first+turn].Samples = append(results[first+turn].Samples, one)
			}
		}
		fmt.Fprintf(os.Stderr, "smppbench: %s done\n", c)
	}
	return results, nil
}

// measure loads one subject once.
func (b *bench) measure(ctx context.Context, s *subject, c benchCase) (sample, error) {
	before, err := s.cpu()
	if err != nil {
		return sample{}, err
	}
	loaded, err := b.load(ctx, s.addr, c)
	if err != nil {
		return sample{}, err
	}
	after, err := s.cpu()
	if err != nil {
		return sample{}, err
	}
	all := loaded.Latency["all"]
	return sample{
		PerSecond: loaded.PerSecond, P50: all.P50, P99: all.P99,
		CPUPerMillion: (after - before).Seconds() / float64(loaded.Sent) * 1e6,
	}, nil
}

func (s *subject) cpu() (time.Duration, error) {
	if s.proxy == nil {
		return 0, nil
	}
	return s.proxy.cpu()
}

// loadReport is what esmeload tells.
type loadReport struct {
	OK        bool    `json:"ok"`
	Sent      int     `json:"sent"`
	PerSecond float64 `json:"per_second"`
	Latency   map[string]struct {
		P50 float64 `json:"p50"`
		P99 float64 `json:"p99"`
	} `json:"latency_us"`
	Examples []string `json:"examples"`
}

// load runs esmeload. Anything wrong with an answer, or with what arrived, is an error.
func (b *bench) load(ctx context.Context, addr string, c benchCase) (*loadReport, error) {
	args := []string{"--addr", addr, "--mc", b.centre, "--system-id", "a%d", "--accounts", strconv.Itoa(accounts),
		"--binds", strconv.Itoa(c.Binds), "--window", strconv.Itoa(c.Window),
		"--duration", b.cmd.Duration.String(), "--mix", mix, "--json"}
	if c.Rate > 0 {
		args = append(args, "--rate", strconv.Itoa(c.Rate))
	}
	cmd := exec.CommandContext(ctx, beside("esmeload"), args...)
	var told bytes.Buffer
	cmd.Stderr = &told
	out, err := cmd.Output()
	var r loadReport
	if decodeErr := json.Unmarshal(out, &r); decodeErr != nil {
		return nil, fmt.Errorf("esmeload: %v: %s", err, told.Bytes())
	}
	if !r.OK {
		return nil, fmt.Errorf("not everything was right: %q", r.Examples)
	}
	return &r, nil
}

func portOf(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		panic(err) // freeAddr makes them
	}
	return port
}
