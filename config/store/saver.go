package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
)

const (
	saveRest  = 500 * time.Millisecond // changes within this time share one snapshot
	saveRetry = 5 * time.Second        // after a snapshot that failed
)

// saver writes snapshots, one at a time and only the latest: a slow or a full disk never holds up the
// follower.
type saver struct {
	s    *Store
	wake chan struct{} // holds one token while there is something to write

	mu      sync.Mutex
	pending *snapshot
}

func newSaver(s *Store) *saver { return &saver{s: s, wake: make(chan struct{}, 1)} }

// save takes a policy to be written soon. It must not be changed any more.
func (v *saver) save(snap snapshot) {
	if v.s.opts.SnapshotPath == "" {
		return
	}
	v.mu.Lock()
	v.pending = &snap
	v.mu.Unlock()
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// load reads the file; nil without an error when there is none.
func (v *saver) load() (*snapshot, error) {
	if v.s.opts.SnapshotPath == "" {
		return nil, nil
	}
	return readSnapshot(v.s.opts.SnapshotPath)
}

// run writes until ctx ends. What is pending then is left to flush.
func (v *saver) run(ctx context.Context) {
	retry := time.NewTimer(saveRetry)
	retry.Stop()
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.wake:
		case <-retry.C:
		}
		if !v.flush() {
			retry.Reset(saveRetry)
		}
	}
}

// flush writes what is pending, if anything is, and reports whether nothing is left to do.
func (v *saver) flush() bool {
	v.mu.Lock()
	snap := v.pending
	v.pending = nil
	v.mu.Unlock()
	if snap == nil {
		return true
	}
	snap.Saved = time.Now()
	if err := writeSnapshot(v.s.opts.SnapshotPath, *snap); err != nil {
		v.fault(fmt.Errorf("writing the snapshot: %w", err))
		v.keep(snap)
		return false
	}
	v.s.status.set(func(s *Status) { s.Snapshot, s.SnapshotProblem = snap.Saved, "" })
	v.s.opts.Observer.Observe(Event{Kind: SnapshotSaved})
	return true
}

// keep puts back what could not be written, unless something newer has come.
func (v *saver) keep(snap *snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.pending == nil {
		v.pending = snap
	}
}

// fault counts and shows a snapshot that failed. Traffic goes on without it.
func (v *saver) fault(err error) {
	v.s.status.set(func(s *Status) {
		s.SnapshotFaults++
		s.SnapshotProblem = err.Error()
	})
	v.s.log.Error("the last good policy is not on disk", zap.Error(err))
	v.s.opts.Observer.Observe(Event{Kind: SnapshotFailed, Err: err})
}
