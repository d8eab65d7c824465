package store

import (
	"math/rand/v2"
	"time"

	"go.uber.org/zap"
)

// checkMode plans anew when the way of following changed.
func (f *follower) checkMode() {
	if mode := f.s.status.mode(); mode != f.mode {
		f.mode, f.synced = mode, false
		f.s.status.set(func(s *Status) { s.InStep = false })
		f.hurry(f.rest())
	}
}

// plan sets the time of the next full pass.
func (f *follower) plan() { f.due = time.Now().Add(f.rest()) }

// rest is the time until the next full pass, with jitter so that many followers do not read at once.
func (f *follower) rest() time.Duration {
	switch f.mode {
	case Tracking:
		return jitter(f.s.opts.FullPass, 0.5, 2)
	case Polling:
		return max(jitter(f.s.opts.PollEvery, 0.5, 1.25), 5*f.took)
	}
	return max(jitter(time.Second, 0.5, 1.5), 5*f.took)
}

// checkStale withdraws a policy that is older than allowed, and gives it back.
func (f *follower) checkStale() {
	if f.s.opts.MaxStale <= 0 || f.policy == nil {
		return
	}
	stale := f.s.status.silence(time.Now()) > f.s.opts.MaxStale
	switch inForce := f.s.current.Load() != nil; {
	case stale && inForce:
		f.s.current.Store(nil)
		f.s.log.Error("redis has been silent for too long: everything is refused until it is back",
			zap.Duration("allowed", f.s.opts.MaxStale))
	case !stale && !inForce:
		f.s.current.Store(f.policy)
		f.s.log.Info("redis is heard of again: the policy is in force",
			zap.Uint64("revision", f.policy.Revision()))
	default:
		return
	}
	f.s.status.set(func(s *Status) { s.Stale = stale })
}

// jitter draws from d*low to d*high.
func jitter(d time.Duration, low, high float64) time.Duration {
	return time.Duration(float64(d) * (low + rand.Float64()*(high-low)))
}

// backoff is the wait after n failures in a row: 20 ms at first, about a second at most.
func backoff(n int) time.Duration {
	return jitter(min(20*time.Millisecond<<min(n, 6), time.Second), 0.75, 1.25)
}
