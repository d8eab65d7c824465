package storetest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Relay is a TCP relay in front of a server that does what networks do: it turns into a black hole, in which
// connections stay open, new ones are accepted and nothing passes any more; it is slow; it resets connections.
type Relay struct {
	Addr string

	target   string
	listener net.Listener
	group    sync.WaitGroup

	mu    sync.Mutex
	hole  bool
	slow  time.Duration
	watch func(piece []byte)
	conns map[net.Conn]bool
}

// StartRelay relays to target until the test ends.
func StartRelay(t testing.TB, target string) *Relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{Addr: l.Addr().String(), target: target, listener: l, conns: map[net.Conn]bool{}}
	r.group.Go(r.accept)
	t.Cleanup(r.stop)
	return r
}

// Swallow makes the relay a black hole, for connections that there are and for new ones.
func (r *Relay) Swallow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hole = true
}

// Heal lets new connections pass again. Those that the hole has swallowed stay dead and open, as after a
// change of a route or of a firewall.
func (r *Relay) Heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hole = false
}

// Delay holds back each piece that passes from now on for d; 0: no more.
func (r *Relay) Delay(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slow = d
}

// Before calls watch with each piece of a request before it passes; nil: no more.
func (r *Relay) Before(watch func(piece []byte)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watch = watch
}

// Reset ends all connections as a crash does: with a RST, and without what is under way.
func (r *Relay) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		_ = c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	clear(r.conns)
}

func (r *Relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.keep(client)
		if hole, _ := r.weather(); hole {
			continue
		}
		server, err := net.Dial("tcp", r.target)
		if err != nil {
			r.drop(client)
			continue
		}
		r.keep(server)
		r.group.Go(func() { r.pass(client, server, func([]byte) {}) })
		r.group.Go(func() { r.pass(server, client, r.asked) })
	}
}

// pass copies until either side ends. What arrives while the relay is a hole kills the connection without
// closing it: its end is not passed on either.
func (r *Relay) pass(to, from net.Conn, before func(piece []byte)) {
	defer r.drop(from)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		hole, slow := r.weather()
		if hole {
			_, _ = io.Copy(io.Discard, from)
			return
		}
		if slow > 0 && err == nil {
			time.Sleep(slow)
		}
		if err == nil {
			before(buffer[:n])
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			r.drop(to)
			return
		}
	}
}

// asked shows a piece of a request to who watches.
func (r *Relay) asked(piece []byte) {
	r.mu.Lock()
	watch := r.watch
	r.mu.Unlock()
	if watch != nil {
		watch(piece)
	}
}

func (r *Relay) weather() (hole bool, slow time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hole, r.slow
}

func (r *Relay) keep(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[c] = true
}

func (r *Relay) drop(c net.Conn) {
	c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}

func (r *Relay) stop() {
	r.listener.Close()
	r.mu.Lock()
	for c := range r.conns {
		c.Close()
	}
	r.mu.Unlock()
	r.group.Wait()
}
