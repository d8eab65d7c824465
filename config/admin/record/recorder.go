package record

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"geogate/rules"
)

// Options say where the record is kept and how much of it.
type Options struct {
	Dir     string                 // made where it is missing
	Node    string                 // name of the process in lines and file names; see CheckNode
	Sample  int                    // one forward in so many is recorded; 0: none
	MaxSize int64                  // octets of a file until the next one is begun
	MaxAge  time.Duration          // of a file, likewise
	Keep    int                    // files that are kept, the one being written to included
	Buffer  int                    // events that wait for the disk at most; rounded up to a power of two
	Command func(id uint32) string // names a command_id
	Logger  *zap.Logger
	// Also gets whole lines that are in the file. It must not wait, and keep nothing of them; nil: nobody does.
	Also func(lines []byte)
	Now  func() time.Time // nil: time.Now

	wrap func(file) file // what tests put around a file
}

func (o *Options) check() error {
	if o.Sample < 0 || o.MaxSize <= 0 || o.MaxAge <= 0 || o.Keep < 1 || o.Buffer < 1 {
		return fmt.Errorf("record: sample %d, size %d, age %v, keep %d, buffer %d: out of range",
			o.Sample, o.MaxSize, o.MaxAge, o.Keep, o.Buffer)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return CheckNode(o.Node)
}

// Recorder takes events from any goroutine and has one of its own write them.
type Recorder struct {
	ring    *ring
	odds    uint32 // of a forward, in 2^32
	asleep  atomic.Bool
	wake    chan struct{}
	closing chan struct{}
	done    chan struct{}

	dropped atomic.Uint64
	writer  *writer
}

// Stats is what became of the events so far.
type Stats struct {
	Written uint64 // lines of events that are in the file
	Dropped uint64 // events that found the buffer full
	Lost    uint64 // events that could not be written
	Errors  uint64 // of the file system
	Failing bool   // the last attempt to write failed
	File    string // that is written to; empty: none can be
}

// Open begins to record. A disk that is full now is no error: the recorder tries again as long as it runs.
func Open(o Options) (*Recorder, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	w, err := openWriter(o)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	r := &Recorder{
		ring: newRing(o.Buffer), odds: odds(o.Sample), writer: w,
		wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}),
	}
	go r.run()
	return r, nil
}

// odds are the chances of one in n, of 2^32.
func odds(n int) uint32 {
	if n == 0 {
		return 0
	}
	return uint32(math.MaxUint32 / uint64(n))
}

// Decided records a refusal, a monitored forward, and some of the other forwards. It keeps nothing of e, never waits,
// and allocates nothing.
func (r *Recorder) Decided(e *Event) {
	if d := e.Decision; d.Verdict == rules.Forward && !d.Monitored && (r.odds == 0 || rand.Uint32() > r.odds) {
		return
	}
	if !r.ring.put(e) {
		r.dropped.Add(1)
		return
	}
	if r.asleep.Load() && r.asleep.CompareAndSwap(true, false) {
		r.wake <- struct{}{}
	}
}

// Stats may be called at any time.
func (r *Recorder) Stats() Stats {
	s := r.writer.stats()
	s.Dropped = r.dropped.Load()
	return s
}

// Close writes what was handed over before it and gives the file up. It is called once, after the last Decided.
func (r *Recorder) Close() error {
	close(r.closing)
	<-r.done
	return errors.Join(r.writer.close())
}

// How the writer's goroutine paces itself.
const (
	gather    = 10 * time.Millisecond // between two writes: senders wake it no more often
	syncEvery = time.Second           // what a power cut can take
)

// run writes until the recorder is closed.
func (r *Recorder) run() {
	defer close(r.done)
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	pause := time.NewTimer(gather)
	defer pause.Stop()
	for {
		r.drain()
		select {
		case <-r.closing:
			r.drain()
			return
		case <-tick.C:
			r.writer.tick()
			continue
		case <-pause.C:
		}
		r.asleep.Store(true)
		if r.ring.peek() != nil && r.asleep.CompareAndSwap(true, false) {
			pause.Reset(gather)
			continue
		}
		if !r.rest(tick) {
			return
		}
		pause.Reset(gather)
	}
}

// rest waits for an event; it reports whether the recorder goes on.
func (r *Recorder) rest(tick *time.Ticker) bool {
	for {
		select {
		case <-r.wake:
			return true
		case <-tick.C:
			r.writer.tick()
		case <-r.closing:
			r.drain()
			return false
		}
	}
}

// drain writes all events that wait.
func (r *Recorder) drain() {
	r.writer.missing(r.dropped.Load())
	for e := r.ring.peek(); e != nil; e = r.ring.peek() {
		r.writer.add(e)
		r.ring.drop()
	}
	r.writer.flush()
}
