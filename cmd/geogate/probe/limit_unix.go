//go:build unix

package probe

import "syscall"

// descriptors is how many files this process may have open; Go has raised that to the most that it may.
func descriptors() (uint64, bool) {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	return uint64(limit.Cur), err == nil
}
