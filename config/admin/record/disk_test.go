package record

import (
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// disk is a file system with room for so many octets more.
type disk struct {
	mu        sync.Mutex
	room      int
	noCutting bool // Truncate fails too
}

func (d *disk) set(room int, noCutting bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room, d.noCutting = room, noCutting
}

// onDisk is a file on it.
type onDisk struct {
	file
	disk *disk
}

func (f onDisk) Write(b []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if len(b) <= f.disk.room {
		f.disk.room -= len(b)
		return f.file.Write(b)
	}
	n, _ := f.file.Write(b[:f.disk.room])
	f.disk.room = 0
	return n, syscall.ENOSPC
}

func (f onDisk) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.noCutting {
		return syscall.EIO
	}
	return f.file.Truncate(size)
}

const roomy = 1 << 40

// TestConformanceF44DiskFull: what does not fit on the disk is counted, never waited for, and told in the record once
// there is room; every line that is there stays whole.
func TestConformanceF44DiskFull(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		room      int
		noCutting bool
	}{{"at once", 0, false}, {"inside a line", 100, false}, {"and a line cannot be taken back", 100, true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			logs, logged := observer.New(zap.InfoLevel)
			d := &disk{room: roomy}
			o := options(t)
			o.Logger = zap.New(logs)
			o.wrap = func(f file) file { return onDisk{f, d} }
			r := open(t, o)
			fill(t, r, 0, 10)
			d.set(test.room, test.noCutting)
			fill(t, r, 10, 10)
			if s := r.Stats(); !s.Failing || s.Errors == 0 || s.Lost != 10 || s.Written != 10 {
				t.Errorf("full: %+v", s)
			}
			d.set(roomy, test.noCutting) // losses are counted before the cut is tried
			await(t, func() bool { return !r.Stats().Failing })
			fill(t, r, 20, 10)
			closed(t, r)
			list, tally := entries(t, o.Dir)
			if len(list) != 20 || list[10].Sequence != 20 || tally.Missing != 10 {
				t.Errorf("%d entries, %+v", len(list), tally)
			}
			if s := r.Stats(); s.Failing || s.Lost != 10 || s.Written != 20 {
				t.Errorf("roomy again: %+v", s)
			}
			if test.noCutting {
				if broken := verify(t, files(t, o.Dir)).Broken; len(broken) != 1 {
					t.Error(broken)
				}
			} else {
				sound(t, o.Dir)
			}
			if n := logged.Len(); n != 2 {
				t.Errorf("%d lines logged, and not one for the failure and one for its end: %v", n, logged.All())
			}
		})
	}
}

// TestDiskFullAtStart: a disk that is full when the process starts does not keep it from starting.
func TestDiskFullAtStart(t *testing.T) {
	t.Parallel()
	d := &disk{}
	o := options(t)
	o.wrap = func(f file) file { return onDisk{f, d} }
	r := open(t, o)
	fill(t, r, 0, 3)
	d.set(roomy, false)
	await(t, func() bool { return !r.Stats().Failing })
	fill(t, r, 3, 3)
	closed(t, r)
	if list, tally := entries(t, o.Dir); len(list) != 3 || tally.Missing != 3 {
		t.Errorf("%d entries, %+v", len(list), tally)
	}
	sound(t, o.Dir)
}

// TestBufferFull: a writer that hangs holds nobody up; what found no room is counted, and told in the record.
func TestBufferFull(t *testing.T) {
	t.Parallel()
	d := &disk{room: roomy}
	o := options(t)
	o.Buffer = 16
	o.wrap = func(f file) file { return onDisk{f, d} }
	r := open(t, o)
	d.mu.Lock() // the disk hangs
	e := judged(t, closedNumber, 0)
	const n = 100
	for range n {
		r.Decided(e)
	}
	dropped := r.Stats().Dropped
	d.mu.Unlock()
	closed(t, r)
	list, tally := entries(t, o.Dir)
	if dropped < n-2*16 || tally.Missing != dropped || uint64(len(list))+dropped != n {
		t.Errorf("%d dropped, %d entries, %+v", dropped, len(list), tally)
	}
	sound(t, o.Dir)
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never")
		}
	}
}
