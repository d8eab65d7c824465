package proxy

import "time"

// failures are the binds of one address that failed lately. The first few at one system_id are answered at once, then
// each later than the one before: a guess is no use to anybody who has to wait for it. Several customers may come from
// one address, so that a system_id has a count of its own; the address has one as well, against guessing at many.
type failures struct {
	all   int
	names map[string]int // by system_id; only those with one of the first failures
	last  time.Time
}

const (
	promptOfName    = 2  // failed binds at a system_id that are answered at once
	promptOfAddress = 16 // failed binds at any
	maxDoublings    = 4
	forgetFailure   = time.Minute // after the last one all are forgotten
)

// add notes one and returns how long its answer is to be held back: delay, then doubled each time.
func (f *failures) add(systemID string, delay time.Duration, now time.Time) time.Duration {
	if now.Sub(f.last) > forgetFailure || f.names == nil {
		f.all, f.names = 0, map[string]int{}
	}
	f.all++
	f.last = now
	if _, known := f.names[systemID]; known || f.all <= promptOfAddress {
		f.names[systemID]++
	}
	over := max(f.names[systemID]-promptOfName, f.all-promptOfAddress)
	if over <= 0 {
		return 0
	}
	return delay << min(over-1, maxDoublings)
}
