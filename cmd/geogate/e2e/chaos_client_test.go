package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// chaosClient is one ESME that binds again whenever its session ends.
type chaosClient struct {
	chaos   *chaos
	number  int
	account int
	tls     bool
	rand    *rand.Rand
	current atomic.Pointer[chaosSession]
	problem atomic.Pointer[string]
}

func newChaosClient(c *chaos, number int) *chaosClient {
	return &chaosClient{
		chaos: c, number: number, account: number % chaosAccounts, tls: number%8 == 7,
		rand: rand.New(rand.NewPCG(c.seed, 100+uint64(number))),
	}
}

func (k *chaosClient) session() *chaosSession { return k.current.Load() }

func (k *chaosClient) recovered(since time.Duration) bool {
	s := k.session()
	return s != nil && s.recovered(since)
}

// state says how things stand, for a violation.
func (k *chaosClient) state() string {
	if s := k.session(); s != nil {
		return fmt.Sprintf("session %d, bound at %v, %d in flight", s.id, s.bound, s.pending())
	}
	if problem := k.problem.Load(); problem != nil {
		return *problem
	}
	return "not bound"
}

// run binds and sends until ctx ends, then unbinds.
func (k *chaosClient) run(ctx context.Context) {
	c := k.chaos
	for ctx.Err() == nil {
		s, err := c.open(c.serial.Add(1), k.account, k.tls)
		if err != nil {
			problem := err.Error()
			k.problem.Store(&problem)
			pause(ctx, time.Duration(20+k.rand.IntN(80))*time.Millisecond)
			continue
		}
		c.mu.Lock()
		c.books[s.id] = s
		c.mu.Unlock()
		k.current.Store(s)
		var reader sync.WaitGroup
		reader.Go(s.receive)
		k.send(ctx, s)
		if ctx.Err() != nil {
			s.quit(c.ctx)
		}
		reader.Wait()
		k.current.Store(nil)
	}
}

// send sends at the client's share of the rate until the session or ctx ends.
func (k *chaosClient) send(ctx context.Context, s *chaosSession) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	share := float64(k.chaos.rate) / float64(len(k.chaos.clients))
	last, due := k.chaos.now(), 0.0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := k.chaos.now()
		due = min(due+share*(now-last).Seconds(), chaosWindow)
		last = now
		n := int(due)
		due -= float64(n)
		if !s.send(n, k.rand) {
			return
		}
	}
}
