package smpptest

import (
	"container/heap"
	"net"
	"sync"
	"time"
)

// outboxLimit is how many unwritten bytes make the reader of a session wait: a peer that does not read our
// answers meets TCP's backpressure and not an endless buffer.
const outboxLimit = 1 << 20

// outbox is what a session still has to write: bytes that are due, and answers that are delayed. One
// goroutine, run, writes; add, later and finish may be called from any.
type outbox struct {
	clock Clock
	wake  chan struct{} // something changed; capacity 1
	gone  chan struct{} // closed by abandon

	mu      sync.Mutex
	room    sync.Cond
	due     []byte
	delayed delays
	order   uint64
	last    bool // close the connection once nothing is left
	dead    bool
}

type delayed struct {
	at    time.Time
	order uint64 // of arrival, where two are due at the same time
	bytes []byte
	held  bool
}

func newOutbox(clock Clock) *outbox {
	o := &outbox{clock: clock, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	o.room.L = &o.mu
	return o
}

// add queues a copy of b to be written at once. It does not wait for room.
func (o *outbox) add(b []byte) {
	o.mu.Lock()
	o.due = append(o.due, b...)
	o.mu.Unlock()
	o.signal()
}

// addBatch queues the reader's batch. release: answers held for a later one follow it. held is what waits for
// the next batch that releases, or HoldMax. noted runs when all is queued and nothing written yet. addBatch
// waits for room.
func (o *outbox) addBatch(batch []byte, release bool, held []byte, noted func()) {
	o.mu.Lock()
	o.due = append(o.due, batch...)
	if release {
		o.releaseLocked()
	}
	if len(held) > 0 {
		o.laterLocked(HoldMax, held, true)
	}
	noted()
	o.mu.Unlock()
	o.signal()
	o.mu.Lock()
	for len(o.due) > outboxLimit && !o.dead {
		o.room.Wait()
	}
	o.mu.Unlock()
}

// later queues a copy of b for d from now.
func (o *outbox) later(d time.Duration, b []byte) {
	o.mu.Lock()
	o.laterLocked(d, b, false)
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) laterLocked(d time.Duration, b []byte, held bool) {
	o.order++
	heap.Push(&o.delayed, delayed{
		at: o.clock.Now().Add(d), order: o.order, bytes: append([]byte(nil), b...), held: held,
	})
}

// finish closes the connection once everything queued, the delayed answers too, is written; now: without
// waiting for the delayed ones.
func (o *outbox) finish(now bool) {
	o.mu.Lock()
	o.last = true
	if now {
		o.delayed = nil
	}
	o.mu.Unlock()
	o.signal()
}

// addLast queues b behind everything, the delayed answers too, and finishes: the answer to an unbind.
func (o *outbox) addLast(b []byte) {
	o.mu.Lock()
	if len(o.delayed) == 0 {
		o.due = append(o.due, b...)
	} else {
		end := o.delayed[0].at
		for _, d := range o.delayed {
			if d.at.After(end) {
				end = d.at
			}
		}
		o.order++
		heap.Push(&o.delayed, delayed{at: end, order: o.order, bytes: append([]byte(nil), b...)})
	}
	o.last = true
	o.mu.Unlock()
	o.signal()
}

// abandon drops what is left; run returns.
func (o *outbox) abandon() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dead {
		return
	}
	o.dead = true
	close(o.gone)
	o.room.Broadcast()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *outbox) releaseLocked() {
	kept := o.delayed[:0]
	for _, d := range o.delayed {
		if d.held {
			o.due = append(o.due, d.bytes...)
		} else {
			kept = append(kept, d)
		}
	}
	o.delayed = kept
	heap.Init(&o.delayed)
}

// finished reports whether nothing more will be written.
func (o *outbox) finished() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dead
}

// run writes to conn until the outbox is abandoned or conn fails, which closes conn, or until the last byte
// is written, which shuts conn down and leaves the rest to the reader.
func (o *outbox) run(conn net.Conn) {
	defer o.abandon()
	var spare []byte
	for {
		batch, wait, done := o.take(spare)
		if done {
			shutDown(conn)
			return
		}
		if len(batch) > 0 {
			if _, err := conn.Write(batch); err != nil {
				conn.Close()
				return
			}
			spare = batch[:0]
			continue
		}
		if !o.sleep(wait) {
			return
		}
	}
}

// lingerTime is how long a peer may take to close its side too.
const lingerTime = time.Second

func shutDown(conn net.Conn) {
	half, ok := conn.(interface{ CloseWrite() error }) // TCP and TLS
	if ok && half.CloseWrite() == nil {
		conn.SetReadDeadline(time.Now().Add(lingerTime))
		return
	}
	conn.Close()
}

// take hands out the due bytes, leaving spare in their place. Without any, wait is the time to the next
// delayed answer (negative: there is none), and done says that nothing will follow.
func (o *outbox) take(spare []byte) (batch []byte, wait time.Duration, done bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.clock.Now()
	for len(o.delayed) > 0 && !o.delayed[0].at.After(now) {
		o.due = append(o.due, heap.Pop(&o.delayed).(delayed).bytes...)
	}
	if len(o.due) > 0 {
		batch, o.due = o.due, spare
		o.room.Broadcast()
		return batch, 0, false
	}
	if len(o.delayed) > 0 {
		return nil, o.delayed[0].at.Sub(now), false
	}
	return nil, -1, o.last || o.dead
}

// sleep waits for a change or for wait to pass; false: the outbox was abandoned.
func (o *outbox) sleep(wait time.Duration) bool {
	var fired <-chan time.Time
	if wait >= 0 {
		f, stop := o.clock.Timer(wait)
		defer stop()
		fired = f
	}
	select {
	case <-o.gone:
		return false
	case <-o.wake:
	case <-fired:
	}
	return true
}

// delays is a heap, the earliest first.
type delays []delayed

func (d delays) Len() int { return len(d) }
func (d delays) Less(i, j int) bool {
	if d[i].at.Equal(d[j].at) {
		return d[i].order < d[j].order
	}
	return d[i].at.Before(d[j].at)
}
func (d delays) Swap(i, j int) { d[i], d[j] = d[j], d[i] }
func (d *delays) Push(x any)   { *d = append(*d, x.(delayed)) }
func (d *delays) Pop() any {
	old := *d
	x := old[len(old)-1]
	*d = old[:len(old)-1]
	return x
}
