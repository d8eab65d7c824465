package main

import (
	"time"

	"go.uber.org/zap"

	"geogate/proxy"
)

const (
	// handshakeGrace is how long a port that is shared is still served once it takes no new SYN: what has begun
	// its handshake becomes a connection within a round trip.
	handshakeGrace = time.Second
	// bindGrace is how long those who are connected when the doors close may take for their bind.
	bindGrace = 2 * time.Second
	lookAgain = 10 * time.Millisecond
)

// leave closes the doors so that nobody who came to them is lost. A socket that was passed stays open with its
// queue, for the successor. A port that is shared (reuse_port) has a queue of this process's own, which
// closing would reset: first nothing new comes into it, then it is served empty. served returns when no door is
// served any more; then those who are connected and not bound yet have a moment for it.
func (a *app) leave(served func()) {
	shared := false
	for _, d := range a.doors {
		if d.shared {
			if err := keepOutNew(d.listener); err != nil {
				a.log.Warn("connects of this moment may be reset", zap.String("door", d.name), zap.Error(err))
			}
			shared = true
		}
	}
	if shared {
		time.Sleep(handshakeGrace)
	}
	for _, d := range a.doors {
		d.listener.Close()
	}
	served()
	for end := time.Now().Add(bindGrace); a.unbound() && time.Now().Before(end); {
		time.Sleep(lookAgain)
	}
}

// unbound reports whether anybody is connected who has not bound yet.
func (a *app) unbound() bool {
	for _, s := range a.proxy.Sessions() {
		if s.State == proxy.Open {
			return true
		}
	}
	return false
}
