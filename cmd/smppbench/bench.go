package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// bench is one comparison: the subjects are loaded one after the other.
type bench struct {
	duration    time.Duration // of one run
	dir         string        // for files of the programs
	centre      string        // where esmeload is the message centre
	certificate certificate   // of those who speak TLS
	redis       string        // URL of the Redis with the usual policy; empty: it was not started
	subjects    []*subject
	processes   []*process
}

func newBench(duration time.Duration) (b *bench, err error) {
	b = &bench{duration: duration}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if b.dir, err = os.MkdirTemp("", "smppbench-"); err != nil {
		return b, err
	}
	if b.centre, err = freeAddr(); err != nil {
		return b, err
	}
	b.certificate, err = newCertificate(b.dir)
	return b, err
}

func (b *bench) close() {
	for i := len(b.processes) - 1; i >= 0; i-- {
		b.processes[i].stop()
	}
	os.RemoveAll(b.dir)
}

// end ends one process.
func (b *bench) end(p *process) {
	p.stop()
	b.processes = slices.DeleteFunc(b.processes, func(one *process) bool { return one == p })
}

// sample is what one run came to.
type sample struct {
	PerSecond     float64 `json:"per_second"`
	P50           float64 `json:"p50_us"` // from when a message was due to its answer
	P99           float64 `json:"p99_us"`
	CPUPerMillion float64 `json:"cpu_s_per_million"` // of the proxy alone, for a million messages
}

// result is one case of one subject. Samples of the same index, of one case, are of the same round.
type result struct {
	Case    benchCase `json:"case"`
	Subject string    `json:"subject"`
	Samples []sample  `json:"samples"`
}

// compare runs every case for every subject, taking turns: what disturbs the machine for a while disturbs all
// of them. In further rounds only those take part that the bars are about; no bar is about refusals.
func (b *bench) compare(ctx context.Context, cases []benchCase, rounds, further int) ([]result, error) {
	var results []result
	for _, c := range cases {
		subjects := b.takers(c)
		list := make([]result, len(subjects))
		for i, s := range subjects {
			list[i] = result{Case: c, Subject: s.name}
		}
		more := further
		if c.Refused > 0 {
			more = 0
		}
		for round := range rounds + more {
			for _, i := range turns(len(subjects), round) {
				if round >= rounds && !subjects[i].focal() {
					continue
				}
				one, err := b.measureRenewed(ctx, subjects[i], c)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", c, subjects[i].name, err)
				}
				list[i].Samples = append(list[i].Samples, one)
			}
		}
		results = append(results, list...)
		fmt.Fprintf(os.Stderr, "smppbench: %s done\n", c)
	}
	return results, nil
}

// takers are the subjects that a case is for.
func (b *bench) takers(c benchCase) []*subject {
	list := slices.Clone(b.subjects)
	if c.Refused > 0 {
		list = slices.DeleteFunc(list, func(s *subject) bool { return !s.judges })
	}
	return list
}

// turns is the order of a round: each begins with another subject, and every second one goes backwards, so that
// nobody always runs behind the same one.
func turns(n, round int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = (i + round) % n
	}
	if round%2 == 1 {
		slices.Reverse(order)
	}
	return order
}

// warmUp is how long a subject is loaded before it counts: a machine that waited for one to be quiet, and a process that
// did nothing yet, are slower for a while.
const warmUp = 300 * time.Millisecond

// measureRenewed is measure of a new process, where the subject is one that can be renewed: two processes of the same
// program differ by several percent for as long as they live.
func (b *bench) measureRenewed(ctx context.Context, s *subject, c benchCase) (sample, error) {
	if s.renewable {
		b.end(s.proxy)
		if err := b.startProxy(ctx, s); err != nil {
			return sample{}, err
		}
		if err := s.quiet(ctx); err != nil {
			return sample{}, err
		}
		if _, err := b.load(ctx, s, c, warmUp); err != nil {
			return sample{}, err
		}
	}
	return b.measure(ctx, s, c)
}

// measure loads one subject once.
func (b *bench) measure(ctx context.Context, s *subject, c benchCase) (sample, error) {
	loaded, err := b.load(ctx, s, c, b.duration)
	if err != nil {
		return sample{}, err
	}
	all := loaded.Latency["all"]
	return sample{
		PerSecond: loaded.PerSecond, P50: all.P50, P99: all.P99,
		CPUPerMillion: loaded.CPU / float64(loaded.Sent) * 1e6,
	}, nil
}
