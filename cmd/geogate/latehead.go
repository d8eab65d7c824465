package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"geogate/config/admin"
)

// lateHeads is a listener whose connections tell what net/http closes without a word: a request whose head does not come
// in time has 408, and HTTP at a port of HTTPS has 400. Its server needs noteState.
type lateHeads struct{ net.Listener }

// Accept implements net.Listener.
func (l lateHeads) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &headConn{Conn: conn}
	c.awaits.Store(true)
	return c, nil
}

// headConn is one of its connections.
type headConn struct {
	net.Conn
	awaits  atomic.Bool // the head of a request
	started atomic.Bool // of which something has come
	told    atomic.Bool // that none will be taken any more
}

// noteState is http.Server's ConnState: it knows when a head is awaited.
func noteState(conn net.Conn, state http.ConnState) {
	if c, ok := conn.(*headConn); ok {
		c.started.Store(false)
		c.awaits.Store(state == http.StateNew || state == http.StateIdle)
	}
}

// Read implements net.Conn.
func (c *headConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.started.Store(true)
	}
	if err == nil || !c.awaits.Load() || c.told.Load() {
		return n, err
	}
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &plain) && plain.Conn != nil:
		c.tell(plain.Conn, http.StatusBadRequest, "this port speaks TLS", "ask for https:// in place of http://")
	case errors.Is(err, os.ErrDeadlineExceeded) && c.started.Load():
		c.tell(c.Conn, http.StatusRequestTimeout, "the head of the request did not come in time", "send it without a pause")
	}
	return n, err
}

// tell answers what cannot become a request. It is the last that is written: net/http may have an answer, too.
func (c *headConn) tell(w io.Writer, status int, detail, cure string) {
	body, _ := json.Marshal(admin.Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Cure: cure,
	})
	c.told.Store(true)
	fmt.Fprintf(w, "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), len(body), body)
}

// Write implements net.Conn.
func (c *headConn) Write(b []byte) (int, error) {
	if c.told.Load() {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(b)
}

// CloseWrite is what net/http looks for: without it, whoever is still sending a body might not see that it is too long.
func (c *headConn) CloseWrite() error { return closeWrite(c.Conn) }
