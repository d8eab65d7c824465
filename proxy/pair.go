package proxy

import (
	"context"
	"net"
)

type pair struct{ session Session }

func (p *pair) info() SessionInfo { return SessionInfo{} }

// Serve takes connections from l until l fails, or Shutdown or Close is called, after which it returns nil.
func (s *Server) Serve(l net.Listener) error { return l.Close() }

// Shutdown drains.
func (s *Server) Shutdown(ctx context.Context) error { return s.Close() }

// Close ends everything at once.
func (s *Server) Close() error {
	s.cancel()
	s.wg.Wait()
	return nil
}
