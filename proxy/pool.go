package proxy

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// pools are what is known of the addresses of all upstreams. They outlive settings: an address that fails
// still fails when the configuration is read again.
type pools struct {
	mu     sync.Mutex
	byName map[string]*pool
}

func newPools() *pools { return &pools{byName: map[string]*pool{}} }

func (ps *pools) get(name string) *pool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.byName[name] == nil {
		ps.byName[name] = &pool{byAddr: map[string]*address{}}
	}
	return ps.byName[name]
}

// keep forgets what is not configured any more.
func (ps *pools) keep(upstreams map[string]Upstream) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for name, pool := range ps.byName {
		up, ok := upstreams[name]
		if !ok {
			delete(ps.byName, name)
			continue
		}
		pool.keep(up.Addrs)
	}
}

// pool is what is known of the addresses of one upstream.
type pool struct {
	mu     sync.Mutex
	byAddr map[string]*address
}

// address is the health of one address. It is healthy while failures is 0; otherwise it stands behind the
// healthy ones until its time has come, and is then tried by one bind at a time.
type address struct {
	addr string
	slot chan struct{} // held by the one bind that connects when nothing better is left

	// guarded by the pool's mu
	failures    int       // in a row
	until       time.Time // it stands behind the healthy ones
	failedAt    time.Time // when failures last rose
	trying      bool      // a bind finds out whether it is back
	lastError   string    // of a failure, whether or not it counted
	lastErrorAt time.Time
	unreachable int    // connects that failed, for those who wait for the slot
	busyFor     string // the account whose bind it could not take just now, while failures is 0
	busy        bool
	turn        int // of the smooth weighted round robin
	dials       map[*dial]struct{}
}

// dial is a connect that goes on and that had better be given up when another one to the same address fails.
type dial struct{ cancel context.CancelCauseFunc }

// errLearned ends a connect to an address that another bind has just found to be unreachable.
var errLearned = errors.New("another bind could not connect to it meanwhile")

func (p *pool) at(addr string) *address {
	a := p.byAddr[addr]
	if a == nil {
		a = &address{addr: addr, slot: make(chan struct{}, 1), dials: map[*dial]struct{}{}}
		p.byAddr[addr] = a
	}
	return a
}

func (p *pool) keep(addrs []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for addr := range p.byAddr {
		if !slices.Contains(addrs, addr) {
			delete(p.byAddr, addr)
		}
	}
}

// choice is one address for a bind to try, and what was known of it then.
type choice struct {
	*address
	unreachable int
}

// order lists the addresses for one bind: those with a weight by their turn, the others as they are written,
// and then those that have failed, the one whose time comes first in front. What aside names is left out.
func (p *pool) order(up Upstream, aside func(addr string) bool, now time.Time) (ready, behind []choice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var weighted, plain []choice
	for _, addr := range up.Addrs {
		if aside(addr) {
			continue
		}
		a := p.at(addr)
		c := choice{a, a.unreachable}
		switch {
		case !a.ready(now):
			behind = append(behind, c)
		case up.Weights[addr] > 0:
			weighted = append(weighted, c)
		default:
			plain = append(plain, c)
		}
	}
	takeTurns(weighted, up.Weights)
	slices.SortStableFunc(behind, func(a, b choice) int { return a.until.Compare(b.until) })
	return append(weighted, plain...), behind
}

// takeTurns is the smooth weighted round robin: each address gains its weight, the richest comes first and
// pays for all. Of weights 3 and 1, every fourth bind goes to the second.
func takeTurns(list []choice, weights map[string]int) {
	total := 0
	for _, c := range list {
		c.turn += weights[c.addr]
		total += weights[c.addr]
	}
	slices.SortStableFunc(list, func(a, b choice) int { return cmp.Compare(b.turn, a.turn) })
	if len(list) > 0 {
		list[0].turn -= total
	}
}

func (a *address) ready(now time.Time) bool {
	return a.failures == 0 || !a.trying && !now.Before(a.until)
}

// enter lets a bind try an address whose turn has come; false: meanwhile it has failed, or another bind finds
// out whether it is back. leave ends the trial.
func (p *pool) enter(a *address, now time.Time) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !a.ready(now):
		return nil, false
	case a.failures == 0:
		return func() {}, true
	}
	a.trying = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		a.trying = false
	}, true
}

// wait takes the slot of an address that is not ready, so that one bind at a time connects to it. Whoever
// finds that another one could not connect since it chose the address has learned from that: errLearned.
func (p *pool) wait(ctx context.Context, c choice) (leave func(), err error) {
	select {
	case c.slot <- struct{}{}:
	case <-ctx.Done():
		return nil, errors.New("another bind is still connecting to it")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.address.unreachable != c.unreachable {
		<-c.slot
		return nil, errLearned
	}
	return sync.OnceFunc(func() { <-c.slot }), nil
}

// dialing has cancel called when another connect to the address fails, until done is called.
func (p *pool) dialing(a *address, cancel context.CancelCauseFunc) (done func()) {
	d := &dial{cancel}
	p.mu.Lock()
	defer p.mu.Unlock()
	a.dials[d] = struct{}{}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(a.dials, d)
	}
}

// attempt is what a failed try says of an address.
type attempt struct {
	began   time.Time
	err     error
	account string
	reached bool // it was connected to
	busy    bool // it answered that it cannot just now
}

// failed notes a failed try and reports whether it made a healthy address stand behind. That a message centre
// cannot serve one account just now says nothing of the others: a second account must hear the same. What
// began before the last failure tells nothing new.
func (p *pool) failed(a *address, try attempt, back backoff) (fell bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	a.lastError, a.lastErrorAt = try.err.Error(), now
	if !try.reached {
		a.unreachable++
		for d := range a.dials {
			d.cancel(errLearned)
		}
	}
	if try.busy && a.failures == 0 && (!a.busy || a.busyFor == try.account) {
		a.busy, a.busyFor = true, try.account
		return false
	}
	if a.failures > 0 && try.began.Before(a.failedAt) {
		return false
	}
	a.failures++
	a.failedAt = now
	a.until = now.Add(back.after(a.failures))
	a.busy = false
	return a.failures == 1
}

// healthy notes that an address has answered a bind, and reports whether it was thought to be failing.
func (p *pool) healthy(a *address) (rose bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rose = a.failures > 0
	a.failures, a.busy, a.until = 0, false, time.Time{}
	return rose
}

// backoff is how long an address stands behind the others: min after the first failure, twice as long after
// each further one, up to max, give or take a fifth.
type backoff struct{ min, max time.Duration }

func (b backoff) after(failures int) time.Duration {
	d := b.min
	for ; failures > 1 && d < b.max; failures-- {
		d *= 2
	}
	return time.Duration(float64(min(d, b.max)) * (0.8 + 0.4*rand.Float64()))
}
