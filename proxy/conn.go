package proxy

import (
	"net"
	"time"
)

// linger is how long a connection that we end is read on behind our last octet, so that what the peer was
// still sending does not reset it before the peer has our last answer.
const linger = 200 * time.Millisecond

// past is a deadline that has passed: setting it wakes whoever reads or writes.
var past = time.Unix(1, 0)

// writeWithin writes all of b, in no more than the time given. What an event loop writes waits for nobody: the loop
// itself ends a session that takes nothing.
func writeWithin(conn net.Conn, limit time.Duration, b []byte) error {
	if s := socketOf(conn); s != nil && s.flow != nil {
		_, err := conn.Write(b)
		return err
	}
	conn.SetWriteDeadline(time.Now().Add(limit))
	_, err := conn.Write(b)
	return err
}

// closeWrite says that nothing more will be sent, where the connection can say that.
func closeWrite(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
}

// discard reads until the peer or the read deadline ends it.
func discard(conn net.Conn) {
	var scrap [512]byte
	for {
		if _, err := conn.Read(scrap[:]); err != nil {
			return
		}
	}
}

// sever closes a connection without a farewell: a TLS connection would wait for a stuck peer to take one.
func sever(conn net.Conn) {
	if over, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = over.NetConn()
	}
	conn.Close()
}
