package proxy

import (
	"net"
	"os"
	"syscall"
	"testing"
)

// TestReserve gives its one descriptor to whoever finds none, and keeps it from every other error.
func TestReserve(t *testing.T) {
	t.Parallel()
	var r reserve
	none := &net.OpError{Op: "file", Err: os.NewSyscallError("dup", syscall.EMFILE)}
	if r.give(none) {
		t.Error("gave what it did not keep")
	}
	r.take()
	r.take()
	if r.give(nil) || r.give(syscall.EBADF) {
		t.Error("gave it for another error")
	}
	if !r.give(none) || r.give(none) {
		t.Error("gave it not once")
	}
}
