package proxy

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What an event loop asks of the kernel is done at once, or waits for moments only: it is asked without a word to Go's
// scheduler. Told of each call, the scheduler takes the loop's place away whenever one is a little longer, wakes threads
// to fill it, and looks again every 20 microseconds whether there is more of that: a fifth of the time of a busy node.
// recv(2) and send(2) instead of read(2) and write(2) spare the kernel the detour by its file system.
//
// The race detector learns from package syscall's own calls who reads what was written, so with it they are made.

// recvNow reads what a non-blocking socket has. b is not empty.
func recvNow(fd int, b []byte) (int, error) {
	if racing {
		return syscall.Read(fd, b)
	}
	return answered(syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0, 0))
}

// sendNow writes what a non-blocking socket takes. b is not empty.
func sendNow(fd int, b []byte) (int, error) {
	if racing {
		return syscall.Write(fd, b)
	}
	return answered(syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_NOSIGNAL, 0, 0))
}

// pollFor waits for events, for some milliseconds at most. A signal ends it: so does the runtime when it wants to stop
// the thread, to collect garbage for one.
func pollFor(poll int, events []unix.EpollEvent, milliseconds int) (int, error) {
	if racing {
		return unix.EpollWait(poll, events, milliseconds)
	}
	return answered(syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(poll), uintptr(unsafe.Pointer(&events[0])),
		uintptr(len(events)), uintptr(milliseconds), 0, 0))
}

func answered(n, _ uintptr, errno syscall.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
