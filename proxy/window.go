package proxy

import (
	"math/bits"
	"math/rand/v2"
	"sync"

	"geogate/smpp"
)

const (
	// windowLimit bounds the sequence numbers in flight that are known one by one. Beyond it requests are
	// only counted: nothing else changes for them.
	windowLimit = 1 << 16
	// multiLimit bounds the submit_multi in flight whose answers may have to be merged, together with the
	// destinations that were taken out of them.
	multiLimit = 1 << 13
	minSlots   = 16
	keepSlots  = 1 << 12 // that an empty window keeps
)

// window is what one side has asked the other and got no answer to. It is written to once a batch by the
// goroutine that forwards requests and by the one that relays answers, so it has a lock of its own. A
// sequence number may be in flight more than once.
//
// Answers mostly come in the order of the requests, so these stand in line first. An answer to another than the
// first of the line makes all of it move to a table, once.
type window struct {
	mu    sync.Mutex
	total int  // requests in flight, those beyond the limit included
	done  int  // requests answered so far
	line  fifo // the latest requests

	slots   []slot // the others: open addressing; a power of two, at most half of them used
	used    int
	beyond  int           // requests in flight that are known by their number only
	spread  uint32        // odd and random: no peer can choose sequence numbers that collide
	emptied chan struct{} // closed when total becomes 0; nil: nobody waits
	filled  chan struct{} // closed when it becomes more than that

	multis     map[uint32][]refusals // by sequence number, oldest first; submit_multi only
	multiCount int                   // of them and of their refusals
}

type slot struct{ sequence, n uint32 } // n 0: free

// refusals are the destinations that were taken out of one submit_multi; empty when none were.
type refusals []smpp.Unsuccess

// ask notes requests that are about to be sent.
func (w *window) ask(sequences []uint32) {
	if len(sequences) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total += len(sequences)
	if w.filled != nil {
		close(w.filled)
		w.filled = nil
	}
	known := min(len(sequences), w.room())
	w.line.push(sequences[:known])
	w.beyond += len(sequences) - known
}

// room is how many more requests may be known by their sequence number.
func (w *window) room() int { return windowLimit - w.used - int(w.line.n) }

// put gives a request its slot.
func (w *window) put(sequence uint32) {
	if 2*(w.used+1) > len(w.slots) {
		w.grow()
	}
	s := &w.slots[w.find(sequence)]
	if s.n == 0 {
		s.sequence = sequence
		w.used++
	}
	s.n++
}

// answer notes answers and returns how many of them nobody asked for.
func (w *window) answer(sequences []uint32) (unasked int) {
	if len(sequences) == 0 {
		return 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.total
	if w.multiCount == 0 {
		n := w.line.takeFirst(sequences)
		w.total -= n
		sequences = sequences[n:]
	}
	for _, sequence := range sequences {
		if !w.take(sequence) {
			unasked++
		}
		if w.multiCount > 0 {
			w.settleMulti(sequence)
		}
	}
	w.done += before - w.total
	if w.total == 0 {
		w.nowEmpty()
	}
	return unasked
}

func (w *window) nowEmpty() {
	if w.emptied != nil {
		close(w.emptied)
		w.emptied = nil
	}
	if len(w.slots) > keepSlots {
		w.slots = nil
	}
	if len(w.line.ring) > keepSlots {
		w.line = fifo{}
	}
}

// take takes one request of the sequence number out.
func (w *window) take(sequence uint32) bool {
	switch {
	case w.pick(sequence):
	case w.line.n > 0:
		w.line.each(w.put)
		return w.take(sequence)
	case w.beyond > 0:
		w.beyond--
	default:
		return false
	}
	w.total--
	return true
}

// pick takes one out of the table.
func (w *window) pick(sequence uint32) bool {
	if w.used == 0 {
		return false
	}
	i := w.find(sequence)
	s := &w.slots[i]
	if s.n == 0 {
		return false
	}
	if s.n--; s.n == 0 {
		w.free(i)
	}
	return true
}

// unused returns the first sequence number from the given one on that no request in flight has.
func (w *window) unused(sequence uint32) uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.count(sequence) > 0 {
		sequence = nextSequence(sequence)
	}
	return sequence
}

// count is how many requests in flight are known to have the sequence number.
func (w *window) count(sequence uint32) int {
	w.line.each(w.put)
	if w.used == 0 {
		return 0
	}
	return int(w.slots[w.find(sequence)].n)
}

// inFlight is the number of requests without an answer.
func (w *window) inFlight() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total
}

// whenEmpty returns a channel that is closed once nothing is in flight.
func (w *window) whenEmpty() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.emptied == nil {
		w.emptied = make(chan struct{})
	}
	emptied := w.emptied
	if w.total == 0 {
		close(emptied)
		w.emptied = nil
	}
	return emptied
}

// whenFilled returns a channel that is closed once something is in flight.
func (w *window) whenFilled() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.filled == nil {
		w.filled = make(chan struct{})
	}
	filled := w.filled
	if w.total > 0 {
		close(filled)
		w.filled = nil
	}
	return filled
}

// counts is how many requests there have been, and how many of them were answered.
func (w *window) counts() (asked, answered int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.done + w.total, w.done
}

// home is where a sequence number's slot is looked for first.
func (w *window) home(sequence uint32) int {
	return int(sequence * w.spread >> (32 - bits.Len(uint(len(w.slots)-1))))
}

// find returns the slot of a sequence number, or the free one that it would get.
func (w *window) find(sequence uint32) int {
	i := w.home(sequence)
	for w.slots[i].n > 0 && w.slots[i].sequence != sequence {
		i = (i + 1) & (len(w.slots) - 1)
	}
	return i
}

// free empties slot i and closes the gap: entries that were pushed past it move back.
func (w *window) free(i int) {
	w.used--
	mask := len(w.slots) - 1
	for j := (i + 1) & mask; w.slots[j].n > 0; j = (j + 1) & mask {
		if home := w.home(w.slots[j].sequence); (j-home)&mask >= (j-i)&mask {
			w.slots[i] = w.slots[j]
			i = j
		}
	}
	w.slots[i] = slot{}
}

// grow doubles the slots.
func (w *window) grow() {
	old := w.slots
	w.slots = make([]slot, max(minSlots, 2*len(old)))
	w.spread = rand.Uint32() | 1
	for _, s := range old {
		if s.n > 0 {
			w.slots[w.find(s.sequence)] = s
		}
	}
}
