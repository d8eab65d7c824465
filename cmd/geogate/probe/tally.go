package probe

import (
	"sync"
	"time"

	"geogate/smpp"
)

// tally collects frames, and waits for them.
type tally struct {
	mu      sync.Mutex
	frames  []smpp.Frame
	changed chan struct{} // capacity 1
}

func newTally() *tally { return &tally{changed: make(chan struct{}, 1)} }

func (t *tally) add(f smpp.Frame) {
	t.mu.Lock()
	t.frames = append(t.frames, f)
	t.mu.Unlock()
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

func (t *tally) get() []smpp.Frame {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.frames
}

// wait returns once n frames are there, or none has come for so long.
func (t *tally) wait(n int, patience time.Duration) []smpp.Frame {
	for len(t.get()) < n {
		select {
		case <-t.changed:
		case <-time.After(patience):
			return t.get()
		}
	}
	return t.get()
}
