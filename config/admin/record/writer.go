package record

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// batchSize is how much is written at once.
const batchSize = 64 << 10

// retryAfter is how long a file system that failed is left alone. Events of that time are lost, and counted.
const retryAfter = time.Second

// file is what a writer needs of an *os.File.
type file interface {
	Write(b []byte) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// writer appends sealed lines to the newest file of one chain and begins the next one. One goroutine uses it; stats
// may be read by any.
type writer struct {
	Options
	lock  *os.File
	chain string // Node, or Node.2 where another process of that name writes

	file    file // nil: none could be opened
	number  uint64
	size    int64 // of whole lines
	begun   time.Time
	sealed  Seal // of the last line in the file
	unsaved bool // something was written since the last Sync

	batch   []byte // lines that are not yet in the file
	ends    Seal   // of the last of them
	events  uint64 // among them
	told    gap    // by one of them
	retry   time.Time
	refused uint64 // events that found the buffer full, in all
	untold  gap    // what no line in the file tells yet
	torn    []byte // what stands behind the last whole line of the file and is not marked yet

	written, failed, faults atomic.Uint64
	failing                 atomic.Bool
	path                    atomic.Pointer[string]
}

// gap counts what is missing.
type gap struct {
	dropped uint64 // events that found the buffer full
	lost    uint64 // events that could not be written
}

// add takes an event into the batch.
func (w *writer) add(e *event) {
	if !w.ready() {
		w.lose(1)
		return
	}
	w.preface()
	start := len(w.batch)
	w.batch = appendEvent(w.batch, e, w.Node, w.Sample, w.Command)
	w.seal(start)
	w.events++
	if len(w.batch) >= batchSize {
		w.flush()
	}
}

// seal ends the line of the batch that begins at start.
func (w *writer) seal(start int) { w.batch, w.ends = w.ends.seal(w.batch, start) }

// note takes a line of a kind without members into the batch.
func (w *writer) note(kind Kind) {
	w.preface()
	start := len(w.batch)
	w.batch = openLine(w.batch, kind, w.Now(), w.Node)
	w.seal(start)
}

// missing is told how many events found the buffer full, in all.
func (w *writer) missing(n uint64) {
	w.untold.dropped += n - w.refused
	w.refused = n
}

// preface begins a batch with what must be told before the next line: that the last one was torn, and what is missing.
func (w *writer) preface() {
	if len(w.batch) > 0 {
		return
	}
	if len(w.torn) > 0 {
		w.batch = append(w.batch, '\n')
		w.batch = openLine(w.batch, Torn, w.Now(), w.Node)
		w.batch = appendNumber(w.batch, "octets", uint64(len(w.torn)))
		w.batch = appendText(w.batch, "sha256", hashOf(w.torn).String())
		w.seal(1)
	}
	if w.told = w.untold; w.told != (gap{}) {
		start := len(w.batch)
		w.batch = openLine(w.batch, Gap, w.Now(), w.Node)
		w.batch = appendNumber(w.batch, "dropped", w.told.dropped)
		w.batch = appendNumber(w.batch, "lost", w.told.lost)
		w.seal(start)
	}
}

// lose counts events that will not be in the record.
func (w *writer) lose(n uint64) {
	w.untold.lost += n
	w.failed.Add(n)
}

// ready reports whether there is a file to write to: after a failure, not before its time.
func (w *writer) ready() bool {
	if !w.retry.IsZero() && w.Now().Before(w.retry) {
		return false
	}
	if w.file == nil || w.size+int64(len(w.batch)) >= w.MaxSize || w.Now().Sub(w.begun) >= w.MaxAge {
		w.flush()
		w.next()
	}
	return w.file != nil && (w.retry.IsZero() || !w.Now().Before(w.retry))
}

// flush writes the batch. Where that fails, the file ends after its last whole line again, and the batch is lost.
func (w *writer) flush() {
	if len(w.batch) == 0 {
		return
	}
	_, err := w.file.Write(w.batch)
	if err == nil {
		w.size += int64(len(w.batch))
		w.sealed, w.unsaved, w.retry = w.ends, true, time.Time{}
		w.written.Add(w.events)
		w.untold.dropped -= w.told.dropped
		w.untold.lost -= w.told.lost
		w.torn = nil
		w.recovered()
		if w.Also != nil {
			w.Also(w.batch)
		}
	} else {
		w.lose(w.events)
		w.fault("the record cannot be written", err)
		if err := w.file.Truncate(w.size); err != nil {
			w.abandon(err)
		}
	}
	w.reset()
}

// reset begins an empty batch behind the last line that is in the file.
func (w *writer) reset() {
	w.batch, w.ends, w.events, w.told = w.batch[:0], w.sealed, 0, gap{}
}

// abandon gives up a file that ends inside a line: the next one goes on from its last whole line.
func (w *writer) abandon(err error) {
	w.fault("a broken line cannot be taken back: a new file is begun", err)
	w.file.Close()
	w.file = nil
}

// fault counts an error and tells of the first of several in a row.
func (w *writer) fault(what string, err error) {
	w.faults.Add(1)
	w.retry = w.Now().Add(retryAfter)
	if w.failing.CompareAndSwap(false, true) {
		w.Logger.Error(what+": traffic goes on, what is not recorded is counted", zap.String("directory", w.Dir),
			zap.Error(err))
	}
}

func (w *writer) recovered() {
	if w.failing.CompareAndSwap(true, false) {
		w.Logger.Info("the record is written again", zap.String("directory", w.Dir))
	}
}

// tick is called now and then: it makes what was written last a power cut, begins the next file when that is due,
// and tries a file system that failed again.
func (w *writer) tick() {
	w.flush()
	if w.ready() && w.untold != (gap{}) {
		w.preface()
		w.flush()
	}
	w.sync()
}

func (w *writer) sync() {
	if !w.unsaved || w.file == nil {
		return
	}
	if err := w.file.Sync(); err != nil {
		w.fault("the record cannot be saved", err)
		return
	}
	w.unsaved = false
}

// close ends the chain in good order.
func (w *writer) close() error {
	defer w.lock.Close()
	w.retry = time.Time{}
	if w.ready() {
		w.note(Stopped)
		w.flush()
	}
	if w.file == nil {
		return fmt.Errorf("record: nothing could be written to %s at the end", w.Dir)
	}
	err := w.file.Sync()
	if closed := w.file.Close(); err == nil {
		err = closed
	}
	return err
}

func (w *writer) stats() Stats {
	s := Stats{Written: w.written.Load(), Lost: w.failed.Load(), Errors: w.faults.Load(), Failing: w.failing.Load()}
	if path := w.path.Load(); path != nil {
		s.File = *path
	}
	return s
}
