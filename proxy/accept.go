package proxy

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// How long an accept that failed for want of something waits before the next: twice as long each time.
const (
	minBackoff = 5 * time.Millisecond
	maxBackoff = time.Second
)

// Serve takes connections from l until l fails, or Shutdown or Close is called, after which it returns nil.
// It closes l. While the process is short of descriptors or memory it waits and tries again; the sessions go
// on.
func (s *Server) Serve(l net.Listener) error { return s.ServeDoor(l, Door{}) }

// ServeDoor is Serve for connections that do not come in as plain TCP.
func (s *Server) ServeDoor(l net.Listener, d Door) error {
	if !s.listen(l) {
		return l.Close()
	}
	defer s.unlisten(l)
	var backoff time.Duration
	var told time.Time
	for {
		conn, err := l.Accept()
		if err == nil {
			backoff = 0
			s.admit(conn, &d)
			continue
		}
		if s.ctx.Err() != nil || s.isClosing() {
			return nil
		}
		if !scarce(err) {
			return err
		}
		if time.Since(told) >= time.Second {
			told = time.Now()
			s.settings.Load().Logger.Error("connections cannot be accepted", zap.Error(err))
		}
		backoff = min(max(minBackoff, 2*backoff), maxBackoff)
		s.pause(backoff)
	}
}

// scarce reports whether an accept failed for want of something that may be there again soon.
func scarce(err error) bool {
	for _, reason := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED,
	} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

func (s *Server) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
	}
}

// listen makes l one that Shutdown closes; false: it is too late.
func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.listeners[l] = struct{}{}
	s.wg.Add(1)
	if !s.following {
		s.following = true
		s.wg.Go(s.followAsides)
	}
	return true
}

func (s *Server) unlisten(l net.Listener) {
	s.mu.Lock()
	delete(s.listeners, l)
	s.mu.Unlock()
	l.Close()
	s.wg.Done()
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// admit makes a connection a session, unless there are too many.
func (s *Server) admit(conn net.Conn, d *Door) {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		conn.Close()
		return
	}
	s.lastID++
	p := newPair(s, conn, s.lastID)
	p.door = d
	full := p.cfg.MaxConns > 0 && len(s.pairs) >= p.cfg.MaxConns
	if !full {
		s.pairs[p] = struct{}{}
		s.wg.Add(1)
	}
	s.mu.Unlock()
	if full {
		p.shed()
		return
	}
	go p.run()
}

// shed ends a connection that is one too many. Nothing is waited for: there may be very many of them.
func (p *pair) shed() {
	p.cancel()
	p.esme.Close()
	p.session.setState(Closed)
	p.cfg.Observer.Opened(&p.session)
	p.cfg.Observer.Closed(&p.session, End{Cause: TooManyConns})
}

// forget ends the server's interest in a session.
func (s *Server) forget(p *pair) {
	s.mu.Lock()
	delete(s.pairs, p)
	s.carried.add(&p.session)
	s.mu.Unlock()
	s.wg.Done()
}

// Shutdown ends all sessions in order: it stops accepting and reading requests, lets the message centres
// answer what is in flight (DrainTimeout), hands the answers on and unbinds both sides (UnbindTimeout). When
// ctx ends before that, it closes what is left and returns ctx's error. Nothing of the server runs any more
// when it returns.
func (s *Server) Shutdown(ctx context.Context) error {
	for _, p := range s.stopAccepting() {
		p.drain(Drained)
	}
	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		s.cancel()
		s.loops.stop()
		return nil
	case <-ctx.Done():
		s.Close()
		<-done
		return ctx.Err()
	}
}

// Close ends all sessions at once and returns when nothing of the server runs any more.
func (s *Server) Close() error {
	s.cancel()
	for _, p := range s.stopAccepting() {
		p.abort()
	}
	s.wg.Wait()
	s.loops.stop()
	return nil
}

// stopAccepting closes the listeners and returns the sessions.
func (s *Server) stopAccepting() []*pair {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.closing = true
		close(s.stopped)
	}
	for l := range s.listeners {
		l.Close()
	}
	list := make([]*pair, 0, len(s.pairs))
	for p := range s.pairs {
		list = append(list, p)
	}
	return list
}
