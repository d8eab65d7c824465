//go:build linux || darwin || freebsd || netbsd || openbsd

package record

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile takes the lock of a chain; it holds until the file is closed or the process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}
