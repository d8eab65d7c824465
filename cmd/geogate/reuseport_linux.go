package main

import (
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// reusePort lets several processes of one user listen at the same address (SO_REUSEPORT): the kernel shares new
// connections out among them.
func reusePort(_, _ string, raw syscall.RawConn) error {
	var err error
	if controlErr := raw.Control(func(fd uintptr) {
		err = os.NewSyscallError("SO_REUSEPORT", unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1))
	}); controlErr != nil {
		return controlErr
	}
	return err
}

// noSYN is a socket filter that drops segments with SYN, whose flags are the octet 13 of the TCP header (RFC 9293
// s.3.1). A peer sends its SYN again after a second, and the kernel shares it out anew.
var noSYN = []unix.SockFilter{
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 13},
	{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: 0x02, Jt: 0, Jf: 1},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0xFFFFFFFF},
}

// keepOutNew makes a listening socket deaf to new connects, while handshakes that have begun go on.
func keepOutNew(l net.Listener) error {
	tcp, ok := l.(syscall.Conn)
	if !ok {
		return fmt.Errorf("%T is no socket", l)
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	program := &unix.SockFprog{Len: uint16(len(noSYN)), Filter: &noSYN[0]}
	controlErr := raw.Control(func(fd uintptr) {
		err = os.NewSyscallError("SO_ATTACH_FILTER",
			unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, program))
	})
	if controlErr != nil {
		return controlErr
	}
	return err
}
