package proxy

import (
	"errors"
	"os"
	"sync"
	"syscall"
)

// spare is the process's last descriptor. A session that leaves its event loop needs one more than it has, for a
// moment: when there is none, it shall not be lost for that.
var spare reserve

// reserve keeps one descriptor.
type reserve struct {
	mu   sync.Mutex
	file *os.File
}

// take keeps one, if it is not kept already and if there is one.
func (r *reserve) take() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		r.file, _ = os.Open(os.DevNull) // none is free: the next time, then
	}
}

// give reports whether err says that no descriptor is left, and one now is.
func (r *reserve) give(err error) bool {
	if !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return false
	}
	r.file.Close()
	r.file = nil
	return true
}
