package main

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"geogate/smpp/smpptest"
)

// load is one run. What its links read does not change once they have started.
type load struct {
	flags   *flags
	says    io.Writer // how far it is
	entries []*entry
	order   []uint32
	head    []byte // the constant start of this run's markers
	seed    maphash.Seed
	checked bool // arrivals at the message centre are compared
	start   time.Time
	stop    <-chan struct{} // closed: send no more
	mc      *smpptest.MC    // with --mc
	arrived *arrivals
	links   []*link

	unsettled  atomic.Int64  // links that send or wait for answers
	allSettled chan struct{} // closed when there is none
	cpuBefore  float64       // of the process that flags name, in seconds
	cpuAfter   float64       // that when all have settled
	cpuErr     error
	latencies  []*latencies
}

func (f *flags) load(ctx context.Context, stderr io.Writer) (*report, error) {
	l, err := newLoad(f, stderr)
	if err != nil {
		return nil, err
	}
	return l.run(ctx)
}

// newLoad prepares the messages and, with --mc, starts the message centre. Then run must be called.
func newLoad(f *flags, says io.Writer) (*load, error) {
	entries, err := readMix(f.Mix)
	if err != nil {
		return nil, err
	}
	text, head := newText(rand.Uint32(), f.Size)
	for i, e := range entries {
		if err := e.prepare(text); err != nil {
			return nil, fmt.Errorf("mix, entry %d: %w", i+1, err)
		}
	}
	l := &load{
		flags: f, says: says, entries: entries, order: schedule(entries, f.Seed), head: head,
		seed: maphash.MakeSeed(), allSettled: make(chan struct{}), checked: f.MC != "" || f.MCRecord != "", latencies: newLatencies(f),
	}
	l.arrived = &arrivals{load: l}
	if f.MC != "" {
		l.mc, err = smpptest.StartMC(smpptest.MCOptions{Addr: f.MC, Name: "esmeload", Forget: true, Tap: l.arrived})
	}
	return l, err
}

// now counts from the start of the run.
func (l *load) now() time.Duration { return time.Since(l.start) }

// sum tells frames apart.
func (l *load) sum(frame []byte) uint64 { return maphash.Bytes(l.seed, frame) }

// run binds, sends, compares and reports.
func (l *load) run(ctx context.Context) (*report, error) {
	if l.mc != nil {
		defer l.mc.Close()
		fmt.Fprintf(l.says, "esmeload: message centre on %s\n", l.mc.Addr())
	}
	l.stop = ctx.Done()
	err := l.connectAll(ctx)
	if err == nil {
		l.cpuBefore, err = cpuTime(l.flags.CPUOf)
	}
	if err != nil {
		l.hangUp()
		return nil, err
	}
	fmt.Fprintf(l.says, "esmeload: %d bound\n", len(l.links))
	l.unsettled.Store(int64(len(l.links)))
	l.start = time.Now()
	l.arrived.links.Store(&l.links)
	var running sync.WaitGroup
	for _, k := range l.links {
		running.Go(k.receive)
		running.Go(k.send)
	}
	running.Wait()
	if err := errors.Join(l.cpuErr, l.collect()); err != nil {
		return nil, err
	}
	return l.report(), nil
}

// hangUp closes the connections of a load that cannot start.
func (l *load) hangUp() {
	for _, k := range l.links {
		if k != nil {
			k.conn.Close()
		}
	}
}

// bindsAtOnce is how many connections are set up side by side.
const bindsAtOnce = 64

func (l *load) connectAll(ctx context.Context) error {
	l.links = make([]*link, l.flags.Binds)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(bindsAtOnce)
	for i := range l.links {
		group.Go(func() (err error) {
			l.links[i], err = l.connect(ctx, i)
			return err
		})
	}
	return group.Wait()
}

// idleTime is how long the sessions at our own message centre may take to end behind those of the load.
const idleTime = 2 * time.Second

// collect gets the last arrivals, and counts those that are lost.
func (l *load) collect() error {
	if !l.checked {
		return nil
	}
	if l.mc != nil {
		ctx, cancel := context.WithTimeout(context.Background(), idleTime)
		defer cancel()
		l.mc.WaitIdle(ctx) // sessions that stay are closed: what has not arrived by now is lost
		if err := l.mc.Close(); err != nil {
			return err
		}
	}
	if l.flags.MCRecord != "" {
		if err := l.arrived.readRecord(l.flags.MCRecord); err != nil {
			return err
		}
	}
	for _, k := range l.links {
		k.countLost()
	}
	return nil
}
