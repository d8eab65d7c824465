package proxy

import "time"

// Timing is what Geogate itself took for one batch of requests: what came with one read.
type Timing struct {
	// Added is from when the batch was read until it was handed on or answered: no message of it waited longer for
	// Geogate. It includes a message centre's connection that takes nothing, unless an event loop serves the session.
	Added time.Duration
	// Decision is the verdict on the first destination of the batch; 0: none was judged.
	Decision time.Duration
}

// timedBatches is how many batches of a session there are to one that is timed. Four readings of the clock are as much as
// some verdicts: over 16 batches they cost a message next to nothing.
const timedBatches = 16

// stopwatch times some of a pair's batches. It belongs to the goroutine that reads the ESME.
type stopwatch struct {
	batches uint8 // until one is timed
	running bool
	due     bool // the next verdict is to be timed
	began   time.Time
	taken   Timing
}

func (w *stopwatch) start() {
	if w.batches > 0 {
		w.batches--
		return
	}
	w.batches = timedBatches - 1
	w.running, w.due, w.began, w.taken = true, true, time.Now(), Timing{}
}

// stop tells of a batch that was timed. Of one that held no whole PDU there is nothing to tell: the next one is timed.
func (w *stopwatch) stop(p *pair, held bool) {
	if !w.running {
		return
	}
	w.running, w.due = false, false
	if !held {
		w.batches = 0
		return
	}
	w.taken.Added = time.Since(w.began)
	p.cfg.Observer.Timed(&p.session, w.taken)
}

// decideTimed is the verdict, timed.
func (p *pair) decideTimed() {
	j := &p.judge
	p.stopwatch.due = false
	began := time.Now()
	p.standing.policy.DecideFor(p.standing.account, &j.message.Query, &j.decision)
	p.stopwatch.taken.Decision = time.Since(began)
}
