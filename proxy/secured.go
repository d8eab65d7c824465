package proxy

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
)

// secured is TLS over a socket. An event loop serves it as it serves the socket: what it receives for it TLS unseals,
// and what TLS has sealed is the socket's to send, pending or not.
type secured struct {
	*tls.Conn
	socket *socket
}

// securedOver returns conn, which is TLS over under, as what a loop can serve if under is a socket.
func securedOver(under net.Conn, conn *tls.Conn) net.Conn {
	if s, ok := under.(*socket); ok {
		return &secured{conn, s}
	}
	return conn
}

// socketOf returns the socket that conn is, or is TLS over; nil: it is neither.
func socketOf(conn net.Conn) *socket {
	switch c := conn.(type) {
	case *socket:
		return c
	case *secured:
		return c.socket
	}
	return nil
}

// Write implements net.Conn. In a loop the records of one write go out together.
func (c *secured) Write(b []byte) (int, error) {
	if c.socket.flow == nil {
		return c.Conn.Write(b)
	}
	c.socket.hold()
	n, err := c.Conn.Write(b)
	if sent := c.socket.release(); err == nil {
		err = sent
	}
	return n, err
}

// plain reports whether the inbox reads a socket without TLS over it.
func (in *inbox) plain() bool { return in.raw != nil }

// unseal reads for an event loop what TLS makes of what its socket has received; more: there was no room for all.
func (in *inbox) unseal() (more bool, err error) {
	in.makeRoom(batchBuffer)
	for !in.full() {
		n, err := in.conn.Read(in.buf[in.w:])
		in.w += n
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}
