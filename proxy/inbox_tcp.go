package proxy

import (
	"io"
	"net"
	"os"
	"syscall"
)

// useTCP makes the inbox read a plain TCP connection by itself: net.Conn wants a buffer to wait with. false:
// conn is none.
func (in *inbox) useTCP(conn net.Conn) bool {
	socket, ok := conn.(*socket)
	if !ok {
		return false
	}
	raw, err := socket.conn.SyscallConn()
	if err != nil {
		return false
	}
	in.raw, in.try = raw, in.tryRead
	return true
}

// fillTCP waits until something was read, the connection has ended or its read deadline has passed.
func (in *inbox) fillTCP() error {
	in.err = nil
	if err := in.raw.Read(in.try); err != nil {
		return err
	}
	return in.err
}

// tryRead reads once; false: nothing has come yet.
func (in *inbox) tryRead(fd uintptr) bool {
	in.makeRoom(in.usual)
	n, err := receive(int(fd), in.buf[in.w:])
	switch {
	case err == syscall.EAGAIN:
		in.putAside()
		return false
	case err != nil:
		in.err = os.NewSyscallError("read", err)
	case n == 0:
		in.err = io.EOF
	default:
		in.w += n
	}
	return true
}

// receive is recvNow when no signal came in between.
func receive(fd int, b []byte) (int, error) {
	n, err := recvNow(fd, b)
	for err == syscall.EINTR {
		n, err = recvNow(fd, b)
	}
	return n, err
}

// readOnce reads for an event loop what is there; false: the connection has ended.
func (in *inbox) readOnce(fd int) bool {
	in.err = nil
	in.tryRead(uintptr(fd))
	return in.err == nil
}
