package store

import (
	"sync"
	"time"

	"geogate/rules"
)

// board is where the goroutines of a Store write down how things stand.
type board struct {
	mu     sync.Mutex
	status Status // but for Mode, Watching and LastAnswer, which follow from the links
	began  time.Time
	links  map[*link]bool
	told   map[string]time.Time // problems that were logged, and when
}

// link is one watch connection; guarded by the mutex of the board.
type link struct {
	up      bool
	refused string // why tracking is refused
	heard   time.Time
}

func (b *board) init() {
	b.began, b.links, b.told = time.Now(), map[*link]bool{}, map[string]time.Time{}
}

// read returns a copy.
func (b *board) read() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	status := b.status
	status.Mode, status.PollingBecause = b.modeLocked()
	status.InStep = status.InStep && status.Mode == Tracking
	for l := range b.links {
		if l.up {
			status.Watching++
		}
	}
	status.LastAnswer = b.lastAnswerLocked()
	if status.Held != nil {
		held := *status.Held
		status.Held = &held
	}
	return status
}

func (b *board) mode() Mode {
	b.mu.Lock()
	defer b.mu.Unlock()
	mode, _ := b.modeLocked()
	return mode
}

// modeLocked: one master that refuses tracking means polling; one that is not connected, or a
// last reading that failed, means being away.
func (b *board) modeLocked() (Mode, string) {
	mode := Tracking
	for l := range b.links {
		if l.refused != "" && b.status.Problem != "" {
			return Away, l.refused
		}
		if l.refused != "" {
			return Polling, l.refused
		}
		if !l.up {
			mode = Away
		}
	}
	if len(b.links) == 0 {
		mode = Away
	}
	return mode, ""
}

// lastAnswerLocked is the last word of the quietest master, or the last full pass, which hears all of them.
func (b *board) lastAnswerLocked() time.Time {
	var quietest time.Time
	for l := range b.links {
		if quietest.IsZero() || l.heard.Before(quietest) {
			quietest = l.heard
		}
	}
	if quietest.Before(b.status.LastPass) {
		return b.status.LastPass
	}
	return quietest
}

// silence is how long Redis has not been heard of; at first, how long the Store has been open.
func (b *board) silence(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := b.lastAnswerLocked()
	if last.Before(b.began) {
		last = b.began
	}
	return now.Sub(last)
}

// set changes what is not covered by a method of its own.
func (b *board) set(change func(*Status)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.status)
}

// swapped notes the policy in force, and returns the faults that the one before did not have.
func (b *board) swapped(
	revision uint64, faults []rules.Fault, source Source, accounts int,
) (news []rules.Fault) {
	b.set(func(s *Status) {
		had := make(map[rules.Fault]bool, len(s.Faults))
		for _, fault := range s.Faults {
			had[fault] = true
		}
		for _, fault := range faults {
			if !had[fault] {
				news = append(news, fault)
			}
		}
		s.Source, s.Revision, s.Accounts, s.Faults = source, revision, accounts, faults
		s.LastChange, s.Stale = time.Now(), false
	})
	return news
}

// failed notes a failure and reports whether it has not been told for a minute.
func (b *board) failed(err error, now time.Time) (news bool) {
	b.set(func(s *Status) {
		s.Failures++
		s.Problem = err.Error()
		if len(b.told) > 100 {
			clear(b.told)
		}
		if news = now.Sub(b.told[s.Problem]) >= time.Minute; news {
			b.told[s.Problem] = now
		}
	})
	return news
}

// link adds a watch connection, not up yet.
func (b *board) link() *link {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := &link{}
	b.links[l] = true
	return l
}

// linked notes the state of a watch connection.
func (b *board) linked(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

// unlink forgets a watch connection: its master is no master any more.
func (b *board) unlink(l *link) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.links, l)
}
