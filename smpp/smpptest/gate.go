package smpptest

import (
	"net"
	"sync"
	"time"
)

// gate stops a reader and lets it go on.
type gate struct {
	conn    net.Conn
	mu      sync.Mutex
	resumed sync.Cond
	paused  bool
}

func (g *gate) init(conn net.Conn) {
	g.conn = conn
	g.resumed.L = &g.mu
}

// pause also wakes a Read that waits, with os.ErrDeadlineExceeded.
func (g *gate) pause() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paused = true
	g.conn.SetReadDeadline(time.Unix(1, 0))
}

func (g *gate) resume() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.paused {
		g.paused = false
		g.conn.SetReadDeadline(time.Time{})
		g.resumed.Broadcast()
	}
}

func (g *gate) isPaused() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.paused
}

// wait returns when the gate is not paused.
func (g *gate) wait() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.paused {
		g.resumed.Wait()
	}
}
