package proxy

import (
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// socket is a TCP connection, TLS over it or not. It is Go's while goroutines serve its session, and a bare
// descriptor while an event loop does: one that the runtime watched as well would wake two.
//
// Only its owner of the moment reads and writes. Anybody may close it, or set a read deadline, which makes a
// loop give the session back.
type socket struct {
	local, remote net.Addr

	// mu guards what others than the owner meet.
	mu       sync.Mutex
	conn     *net.TCPConn // nil: a loop has the socket
	deadline time.Time    // for reading, set while a loop had it

	// the loop's
	flow     *flow // nil: no loop has the socket
	fd       int
	ahead    []byte    // what was received and TLS has not read yet
	held     []byte    // what is to go out together; nil: nothing is
	pending  []byte    // what the peer has not taken yet
	since    time.Time // when it last took something while anything was pending
	interest uint32    // the events that the loop waits for
}

func newSocket(conn *net.TCPConn) *socket {
	return &socket{conn: conn, local: conn.LocalAddr(), remote: conn.RemoteAddr()}
}

// asSocket makes a socket of what is plain TCP.
func asSocket(conn net.Conn) net.Conn {
	if tcp, ok := conn.(*net.TCPConn); ok {
		return newSocket(tcp)
	}
	return conn
}

// Read implements net.Conn. In a loop it never waits: it is asked by TLS, which takes an exceeded deadline for no more
// than that, and reads what the loop has received.
func (s *socket) Read(b []byte) (int, error) {
	switch {
	case len(s.ahead) > 0:
		n := copy(b, s.ahead)
		s.ahead = s.ahead[n:]
		return n, nil
	case s.flow != nil:
		return 0, os.ErrDeadlineExceeded
	}
	return s.conn.Read(b)
}

// receive reads once, for TLS, into a buffer of the loop's.
func (s *socket) receive(buf []byte) (full, ok bool) {
	n, err := receive(s.fd, buf)
	if err == syscall.EAGAIN {
		return false, true
	}
	s.ahead = buf[:max(n, 0)]
	return n == len(buf), n > 0
}

// Write implements net.Conn. In a loop it never waits: what the peer does not take becomes pending.
func (s *socket) Write(b []byte) (int, error) {
	switch {
	case s.flow == nil:
		return s.conn.Write(b)
	case s.held == nil:
		return s.pass(b)
	case len(s.held)+len(b) > cap(s.held):
		if _, err := s.pass(s.held); err != nil {
			return 0, err
		}
		s.held = s.held[:0]
	}
	s.held = append(s.held, b...)
	return len(b), nil
}

// hold gathers what is written until release.
func (s *socket) hold() { s.held = takeBuffer(batchBuffer)[:0] }

// release sends it, at once.
func (s *socket) release() error {
	held := s.held
	s.held = nil
	_, err := s.pass(held)
	giveBuffer(held)
	return err
}

// pass sends what the peer takes at once, behind what is pending, and keeps the rest.
func (s *socket) pass(b []byte) (int, error) {
	rest := b
	if len(s.pending) == 0 {
		n, err := s.send(b)
		if err != nil {
			return n, err
		}
		if rest = b[n:]; len(rest) > 0 {
			s.since = time.Now()
		}
	}
	s.pending = append(s.pending, rest...)
	return len(b), nil
}

// flush sends what is pending.
func (s *socket) flush() error {
	n, err := s.send(s.pending)
	if n > 0 {
		s.since = time.Now()
	}
	if s.pending = s.pending[n:]; len(s.pending) == 0 {
		s.pending = nil
	}
	return err
}

// writePending writes what is pending when no loop has the socket any more. With TLS it is sealed already.
func (s *socket) writePending(limit time.Duration) error {
	pending := s.pending
	if s.pending = nil; len(pending) == 0 {
		return nil
	}
	return writeWithin(s, limit, pending)
}

// send writes what the peer takes at once.
func (s *socket) send(b []byte) (n int, err error) {
	for n < len(b) {
		m, err := sendNow(s.fd, b[n:])
		switch err {
		case nil:
			n += m
		case syscall.EINTR:
		case syscall.EAGAIN:
			return n, nil
		default:
			return n, os.NewSyscallError("write", err)
		}
	}
	return n, nil
}

// Close implements net.Conn. A loop that has the socket finds it ended.
func (s *socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		return s.conn.Close()
	}
	return syscall.Shutdown(s.fd, syscall.SHUT_RDWR)
}

// CloseWrite says that nothing more will be sent.
func (s *socket) CloseWrite() error {
	if s.flow != nil {
		return syscall.Shutdown(s.fd, syscall.SHUT_WR)
	}
	return s.conn.CloseWrite()
}

// LocalAddr implements net.Conn.
func (s *socket) LocalAddr() net.Addr { return s.local }

// RemoteAddr implements net.Conn.
func (s *socket) RemoteAddr() net.Addr { return s.remote }

// SetDeadline implements net.Conn.
func (s *socket) SetDeadline(t time.Time) error { return s.conn.SetDeadline(t) }

// SetWriteDeadline implements net.Conn. Not for a loop's: see writeWithin.
func (s *socket) SetWriteDeadline(t time.Time) error { return s.conn.SetWriteDeadline(t) }

// SetReadDeadline implements net.Conn.
func (s *socket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		return s.conn.SetReadDeadline(t)
	}
	s.deadline = t
	s.flow.loop.leave(s.flow)
	return nil
}

// detach makes the connection a bare descriptor, for a loop.
func (s *socket) detach(f *flow) error {
	fd, err := duplicate(s.conn)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn.Close() // the duplicate holds the connection
	s.conn, s.fd, s.flow = nil, fd, f
	return nil
}

// attach makes it Go's again. Where that fails, which takes a process without a descriptor even in reserve, the
// connection is lost: every use of it is an error.
func (s *socket) attach() error {
	file := os.NewFile(uintptr(s.fd), "")
	conn, err := net.FileConn(file)
	if spare.give(err) {
		conn, err = net.FileConn(file)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	file.Close()
	spare.take()
	s.conn, s.flow = &net.TCPConn{}, nil
	s.ahead = slices.Clone(s.ahead) // it was the loop's
	if err != nil {
		return err
	}
	s.conn = conn.(*net.TCPConn)
	if !s.deadline.IsZero() {
		s.conn.SetReadDeadline(s.deadline)
	}
	return nil
}

// duplicate returns another descriptor of the connection, one that the runtime does not watch.
func duplicate(conn *net.TCPConn) (fd int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	controlErr := raw.Control(func(old uintptr) {
		var errno syscall.Errno
		var dup uintptr
		if dup, _, errno = syscall.Syscall(syscall.SYS_FCNTL, old, syscall.F_DUPFD_CLOEXEC, 0); errno != 0 {
			err = os.NewSyscallError("dup", errno)
		}
		fd = int(dup)
	})
	if controlErr != nil {
		return 0, controlErr
	}
	return fd, err
}
