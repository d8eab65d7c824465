package storetest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Relay is a TCP relay in front of a server that can turn into a black hole: connections stay open, new ones
// are accepted, and nothing passes any more.
type Relay struct {
	Addr string

	target   string
	listener net.Listener
	group    sync.WaitGroup

	mu    sync.Mutex
	hole  bool
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

func (r *Relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.keep(client)
		if r.swallows() {
			continue
		}
		server, err := net.Dial("tcp", r.target)
		if err != nil {
			client.Close()
			continue
		}
		r.keep(server)
		r.group.Go(func() { r.pass(client, server) })
		r.group.Go(func() { r.pass(server, client) })
	}
}

// pass copies until either side ends. What arrives while the relay is a hole kills the connection without
// closing it.
func (r *Relay) pass(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if r.swallows() {
			_, _ = io.Copy(io.Discard, from)
			return
		}
		if err == nil {
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			to.Close()
			from.Close()
			return
		}
	}
}

func (r *Relay) swallows() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hole
}

func (r *Relay) keep(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[c] = true
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
