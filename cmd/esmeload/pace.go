package main

import (
	"math"
	"time"
)

// pace says when a link sends its messages: as soon as the window allows (a closed loop), or on a schedule
// that does not wait for answers (an open loop), where a message counts from when it was due, however late it
// is sent.
type pace struct {
	quota    int             // messages of this link; math.MaxInt: as many as the time allows
	until    time.Duration   // nothing is due from then on
	interval float64         // nanoseconds between two messages; 0: closed loop
	offset   float64         // of the first, so that the links take turns
	counted  bool            // the quota has to be reached
	stop     <-chan struct{} // closed: nothing more is due
}

func newPace(f *flags, number int, stop <-chan struct{}) pace {
	p := pace{quota: math.MaxInt, until: math.MaxInt64, counted: f.Duration == 0, stop: stop}
	if f.Count > 0 {
		p.quota = f.Count / f.Binds
		if number < f.Count%f.Binds {
			p.quota++
		}
	}
	if f.Duration > 0 {
		p.until = f.Duration
	}
	if f.Rate > 0 {
		p.interval = float64(time.Second) * float64(f.Binds) / f.Rate
		p.offset = float64(number) * float64(time.Second) / f.Rate
	}
	return p
}

// due is how many messages are due at now beyond the sent ones, and how long it is until the next is.
func (p *pace) due(now time.Duration, sent int) (n int, wait time.Duration) {
	select {
	case <-p.stop:
		p.quota, p.counted = min(p.quota, sent), false
	default:
	}
	if sent >= p.quota {
		return 0, math.MaxInt64
	}
	if p.interval == 0 {
		if now >= p.until {
			return 0, math.MaxInt64
		}
		return p.quota - sent, math.MaxInt64
	}
	total := int((float64(min(now, p.until-1))-p.offset)/p.interval) + 1
	if float64(now) < p.offset {
		total = 0
	}
	next := p.dueAt(max(total, sent), now)
	return max(0, min(total, p.quota)-sent), max(0, next-now)
}

// dueAt is when message n, from 0, is due.
func (p *pace) dueAt(n int, now time.Duration) time.Duration {
	if p.interval == 0 {
		return now
	}
	return time.Duration(p.offset + float64(n)*p.interval)
}

// finished reports whether nothing will be due any more.
func (p *pace) finished(now time.Duration, sent int) bool { return sent >= p.quota || now >= p.until }

// unsent is what is missing of the quota.
func (p *pace) unsent(sent int) int {
	if !p.counted {
		return 0
	}
	return p.quota - sent
}
