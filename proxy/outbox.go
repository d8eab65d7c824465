package proxy

import (
	"net"
	"sync"
	"time"
)

const (
	// outboxLimit bounds what waits behind a write, in octets: 4,096 refusals.
	outboxLimit = 64 << 10
	// outboxRounds bounds how many loads of the other goroutine's a writer takes along, so that a flood of
	// refusals cannot keep fromMC from reading, nor a flood of deliver_sm keep fromESME.
	outboxRounds = 4
	// outboxKeep is the largest buffer that an idle outbox keeps, in octets.
	outboxKeep = 4 << 10
)

// outbox is the way to the ESME. fromESME (refusals) and fromMC (everything else) both write to it; whole
// frames are never interleaved. Whoever finds it idle writes; while that one's write blocks, the other leaves
// its frames behind and goes on, up to outboxLimit, and waits from there on: memory stays bounded and TCP
// holds the peer back. So a refusal does not wait for a relay that is stuck, and requests are read on while
// an ESME is slow to read.
type outbox struct {
	conn     net.Conn
	deadline time.Duration // for one write

	mu      sync.Mutex
	changed sync.Cond // the writer has left, or has failed
	writing bool
	last    bool   // the writer is in its last round: nothing more can be left to it
	pending []byte // left behind for the writer
	spare   []byte // the buffer that pending does not use
	err     error  // the first failure; from then on nothing is written
}

func (o *outbox) init(conn net.Conn, deadline time.Duration) {
	o.conn, o.deadline = conn, deadline
	o.changed.L = &o.mu
}

// write sends whole frames, or leaves them to whoever is sending. frames is the caller's again when it
// returns.
func (o *outbox) write(frames []byte) error {
	if len(frames) == 0 {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.writing && o.err == nil {
		if !o.last && len(o.pending)+len(frames) <= outboxLimit {
			o.pending = append(o.pending, frames...)
			return nil
		}
		o.changed.Wait()
	}
	if o.err != nil {
		return o.err
	}
	o.writing = true
	o.send(frames)
	for round := 1; o.err == nil && len(o.pending) > 0; round++ {
		o.last = round == outboxRounds
		load := o.pending
		o.pending, o.spare = o.spare[:0], nil
		o.send(load)
		o.spare = load[:0]
	}
	o.leave()
	return o.err
}

// leave lets the next one write.
func (o *outbox) leave() {
	o.writing, o.last = false, false
	if cap(o.pending) > outboxKeep {
		o.pending = nil
	}
	if cap(o.spare) > outboxKeep {
		o.spare = nil
	}
	o.changed.Broadcast()
}

// send writes with the lock released.
func (o *outbox) send(frames []byte) {
	o.mu.Unlock()
	err := writeWithin(o.conn, o.deadline, frames)
	o.mu.Lock()
	if err != nil {
		o.err = err
		o.changed.Broadcast()
	}
}

// fail makes every write an error.
func (o *outbox) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
}
