package admin

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits is a bucket for each of many: addresses, or tokens.
type limits struct {
	every rate.Limit
	burst int
	now   func() time.Time

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

// maxBuckets bounds what strangers can make the process remember. Over it, those that are full again are
// forgotten: a new bucket is full too.
const maxBuckets = 1 << 14

func newLimits(every rate.Limit, burst int, now func() time.Time) *limits {
	return &limits{every: every, burst: burst, now: now, buckets: map[string]*rate.Limiter{}}
}

// take takes one out of a bucket, and otherwise says in how many seconds there will be one.
func (l *limits) take(key string) (wait int) {
	now := l.now()
	r := l.bucket(key, now).ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		return int(math.Ceil(d.Seconds()))
	}
	return 0
}

// empty says in how many seconds there will be one, without taking it; 0: there is one.
func (l *limits) empty(key string) (wait int) {
	now := l.now()
	if missing := 1 - l.bucket(key, now).TokensAt(now); missing > 0 {
		return int(math.Ceil(missing / float64(l.every)))
	}
	return 0
}

func (l *limits) bucket(key string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[key]
	if ok {
		return b
	}
	if len(l.buckets) >= maxBuckets {
		l.forget(now)
	}
	b = rate.NewLimiter(l.every, l.burst)
	l.buckets[key] = b
	return b
}

func (l *limits) forget(now time.Time) {
	for key, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// addressKey is the bucket of a remote address. IPv6 addresses of one /64 are one customer's.
func addressKey(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	addr := at.Addr().Unmap().WithZone("")
	if addr.Is6() {
		prefix, _ := addr.Prefix(64) // of an IPv6 address it cannot fail
		return prefix.String()
	}
	return addr.String()
}
