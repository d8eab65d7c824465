package record

import "sync/atomic"

// ring is a bounded queue of many senders and one taker. A sender takes a lock on nothing: it claims a slot by a
// compare-and-swap and publishes it by the slot's turn. Where no slot is free, it is told so at once.
type ring struct {
	slots []slot
	mask  uint64
	_     [64]byte // keeps the senders' word off the line of what is only read
	tail  atomic.Uint64
	_     [64]byte
	head  uint64 // the taker's
}

// slot holds an event when its turn is one beyond the position that claimed it; it is free for a position that
// equals its turn.
type slot struct {
	turn  atomic.Uint64
	event event
}

// newRing holds size events, rounded up to a power of two.
func newRing(size int) *ring {
	n := 1
	for n < size {
		n <<= 1
	}
	r := &ring{slots: make([]slot, n), mask: uint64(n - 1)}
	for i := range r.slots {
		r.slots[i].turn.Store(uint64(i))
	}
	return r
}

// put copies e in, and reports whether there was room.
func (r *ring) put(e *Event) bool {
	at := r.tail.Load()
	for {
		s := &r.slots[at&r.mask]
		switch turn := s.turn.Load(); {
		case turn == at:
			if r.tail.CompareAndSwap(at, at+1) {
				s.event.take(e)
				s.turn.Store(at + 1)
				return true
			}
		case turn < at:
			return false
		}
		at = r.tail.Load()
	}
}

// peek returns the oldest event, or nil. It belongs to the taker until drop.
func (r *ring) peek() *event {
	s := &r.slots[r.head&r.mask]
	if s.turn.Load() != r.head+1 {
		return nil
	}
	return &s.event
}

// drop makes the slot of the oldest event free.
func (r *ring) drop() {
	s := &r.slots[r.head&r.mask]
	s.event.free()
	s.turn.Store(r.head + r.mask + 1)
	r.head++
}
