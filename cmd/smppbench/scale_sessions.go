package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// idleMemory is what Geogate has in memory for sessions that do nothing. Sizes are in KiB.
type idleMemory struct {
	Asked          int     `json:"asked"`
	Pairs          int     `json:"pairs"` // those that descriptors were left for
	Before         int64   `json:"before_kib"`
	Bound          int64   `json:"bound_kib"`   // when the last was bound
	Settled        int64   `json:"settled_kib"` // a while later
	PerPairBound   float64 `json:"per_pair_bound_kib"`
	PerPairSettled float64 `json:"per_pair_settled_kib"`
}

// wantIdle is the most KiB that an idle pair may take.
const wantIdle = 12

// idle measures the memory of idle sessions, with a new Geogate for each number of them.
func (c *scaleCmd) idle(ctx context.Context, r *scaleReport) error {
	for _, n := range c.Idle {
		one, err := c.idleOf(ctx, n)
		if err != nil {
			return fmt.Errorf("%d sessions: %w", n, err)
		}
		r.Idle = append(r.Idle, one)
	}
	return nil
}

func (c *scaleCmd) idleOf(ctx context.Context, n int) (m idleMemory, err error) {
	b, err := newBench(c.Duration)
	if err != nil {
		return m, err
	}
	defer b.close()
	url, err := b.startRedis(ctx, usualShape)
	if err != nil {
		return m, err
	}
	s, err := b.alone(ctx, "geogate", usualShape.Accounts, geogateOptions{redis: url})
	if err != nil {
		return m, err
	}
	m.Asked, m.Pairs = n, min(n, pairsPossible())
	if m.Before, err = s.proxy.kib(); err != nil {
		return m, err
	}
	crowd, err := b.startCrowd(ctx, s, m.Pairs, "a%d", b.centre)
	if err != nil {
		return m, err
	}
	if m.Bound, err = s.proxy.kib(); err != nil {
		return m, err
	}
	if err := pause(ctx, c.Settle); err != nil {
		return m, err
	}
	if m.Settled, err = s.proxy.kib(); err != nil {
		return m, err
	}
	m.PerPairBound = float64(m.Bound-m.Before) / float64(m.Pairs)
	m.PerPairSettled = float64(m.Settled-m.Before) / float64(m.Pairs)
	return m, crowd.end()
}

func (p *process) kib() (int64, error) {
	resident, _, err := p.memory()
	return resident >> 10, err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// spareDescriptors are for what is no session: listeners, Redis, a margin.
const spareDescriptors = 200

// pairsPossible is how many pairs the limit of descriptors allows: each takes two, in Geogate and in an esmeload that
// is the message centre too.
func pairsPossible() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1
	}
	return int(min(limit.Max, 1<<20)-spareDescriptors) / 2
}

// crowd is an esmeload whose binds stay idle.
type crowd struct{ *process }

// bindPatience is how long all of a crowd may take to bind.
const bindPatience = time.Minute

// startCrowd has n ESMEs bind, and returns when all are bound. Geogate is not asked: its answers would be in the memory
// that is measured.
func (b *bench) startCrowd(ctx context.Context, s *subject, n int, systemID, centre string) (*crowd, error) {
	const hourly = "0.0003" // so that the first one sends one message, and nobody any more
	p, err := start(beside("esmeload"), nil, "--addr", s.addr, "--mc", centre, "--system-id", systemID,
		"--accounts", strconv.Itoa(s.accounts), "--binds", strconv.Itoa(n), "--rate", hourly, "--duration", "1h",
		"--timeout", bindPatience.String(), "--mix", mixOf(0), "--json")
	if err != nil {
		return nil, err
	}
	b.processes = append(b.processes, p)
	return &crowd{p}, p.await(ctx, fmt.Sprintf("has not bound %d", n), bindPatience, 50*time.Millisecond, func() bool {
		return p.out.holds(fmt.Sprintf("esmeload: %d bound\n", n))
	})
}

// end has all unbind. A session that was cut off meanwhile is an error.
func (c *crowd) end() error {
	c.stop()
	said := c.out.take()
	_, err := readLoad([]byte(said[max(0, strings.IndexByte(said, '{')):]), []byte(said), nil)
	return err
}

// crowdResult is what busy sessions do without idle ones, and beside them.
type crowdResult struct {
	AskedIdle int      `json:"asked_idle"`
	Idle      int      `json:"idle"` // those that descriptors were left for
	Busy      int      `json:"busy"`
	Without   []sample `json:"without"`
	Beside    []sample `json:"beside"`
	Resident  int64    `json:"resident_kib"` // behind it all
}

// crowd has busy sessions send alone, and then beside idle ones. The idle ones have a message centre of their own.
func (c *scaleCmd) crowd(ctx context.Context, r *scaleReport) error {
	b, err := newBench(c.Duration)
	if err != nil {
		return err
	}
	defer b.close()
	s, centre, err := b.twoCentres(ctx)
	if err != nil {
		return err
	}
	one := &crowdResult{AskedIdle: c.CrowdIdle, Busy: c.CrowdBusy}
	if one.Idle = min(c.CrowdIdle, pairsPossible()-c.CrowdBusy); one.Idle < 1 {
		return fmt.Errorf("the limit of descriptors (ulimit -Hn) leaves none for idle sessions")
	}
	if one.Without, err = b.busy(ctx, s, c); err != nil {
		return err
	}
	idle, err := b.startCrowd(ctx, s, one.Idle, "idle", centre)
	if err != nil {
		return err
	}
	if one.Beside, err = b.busy(ctx, s, c); err != nil {
		return err
	}
	if one.Resident, err = s.proxy.kib(); err != nil {
		return err
	}
	r.Crowd = one
	return idle.end()
}

// twoCentres starts a Geogate that sends the account idle to a message centre of its own.
func (b *bench) twoCentres(ctx context.Context) (s *subject, centre string, err error) {
	if centre, err = freeAddr(); err != nil {
		return nil, "", err
	}
	url, err := b.startRedis(ctx, usualShape)
	if err != nil {
		return nil, "", err
	}
	client, err := dialRedis(url)
	if err != nil {
		return nil, "", err
	}
	defer client.Close()
	if err := client.HSet(ctx, "geo:account:idle", "home", "GB", "upstream", "quiet",
		"FR", "allow", "DE", "allow", "ES", "allow", "IT", "allow", "PL", "allow").Err(); err != nil {
		return nil, "", err
	}
	s, err = b.alone(ctx, "geogate", usualShape.Accounts, geogateOptions{redis: url, others: map[string]string{"quiet": centre}})
	return s, centre, err
}

func (b *bench) busy(ctx context.Context, s *subject, c *scaleCmd) (list []sample, err error) {
	for range c.Rounds {
		one, err := b.measure(ctx, s, benchCase{Binds: c.CrowdBusy, Window: 10})
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}
