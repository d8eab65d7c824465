package proxy

import (
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// buckets are the token buckets of messages: one for each credential with a limit, which all its sessions share,
// and one for all of them together. A credential's outlives its sessions until it is full again: who comes back
// finds what was left.
type buckets struct {
	list  map[string]*rate.Limiter // by system_id; guarded by admission.mu
	sweep int                      // how many there are when full ones are looked for
	all   atomic.Pointer[rate.Limiter]
}

// minBurst is how many messages may come at once whatever the rate.
const minBurst = 10

// fewBuckets are kept without a look at them.
const fewBuckets = 64

func burstOf(tps float64) int { return max(minBurst, int(tps)) }

// of returns the bucket of a credential, with the limit that it has now. bound are the sessions of each.
func (b *buckets) of(systemID string, tps float64, bound map[string]int, now time.Time) *rate.Limiter {
	l := b.list[systemID]
	switch {
	case l == nil:
		b.forgetFull(bound, now)
		l = rate.NewLimiter(rate.Limit(tps), burstOf(tps))
		b.list[systemID] = l
	case l.Limit() != rate.Limit(tps):
		l.SetLimitAt(now, rate.Limit(tps))
		l.SetBurstAt(now, burstOf(tps))
	}
	return l
}

// forgetFull forgets the buckets that nobody uses and that are as good as new ones, each time there are twice as
// many as it left.
func (b *buckets) forgetFull(bound map[string]int, now time.Time) {
	if len(b.list) < max(fewBuckets, b.sweep) {
		return
	}
	for systemID, l := range b.list {
		if bound[systemID] == 0 && l.TokensAt(now) >= float64(l.Burst()) {
			delete(b.list, systemID)
		}
	}
	b.sweep = 2 * len(b.list)
}

// limitAll sets what all sessions together may send in messages a second; 0: no limit.
func (b *buckets) limitAll(tps float64) {
	l := b.all.Load()
	switch {
	case tps == 0:
		b.all.Store(nil)
	case l == nil || l.Limit() != rate.Limit(tps):
		b.all.Store(rate.NewLimiter(rate.Limit(tps), burstOf(tps)))
	}
}

// shedding reports whether more is sent than all may, or is about to be: no further session then helps.
func (b *buckets) shedding(now time.Time) bool {
	l := b.all.Load()
	return l != nil && l.TokensAt(now) < float64(l.Burst())/2
}
