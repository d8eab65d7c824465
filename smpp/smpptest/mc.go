package smpptest

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"geogate/smpp"
)

// MCOptions says how an MC behaves. The zero value is a message centre on a free loopback port that takes any
// bind, accepts every message and keeps every frame.
type MCOptions struct {
	Addr               string      // to listen on; empty: 127.0.0.1:0
	TLS                *tls.Config // of the listener; nil: plain TCP
	SystemID, Password string      // that a bind must give; empty: any
	Name               string      // system_id in the MC's own bind answers; empty: smpptest
	MaxPDU             int         // longest frame taken, in octets; 0: smpp.DefaultMaxPDU

	Script // what is done about messages

	// Behave replaces Script, for every request. It runs on the session's reader: one frame of a session at a
	// time, several sessions side by side.
	Behave func(*MCSession, smpp.Frame) Action
	// Accept judges a bind, in place of SystemID and Password. It runs like Behave.
	Accept func(systemID, password string) smpp.Status

	Seed       int64       // of every random choice; a session's own follow from it and its number
	Clock      Clock       // nil: the system's
	Transcript *Transcript // M> and M< lines; nil: none
	Tap        Tap         // sees every frame received; nil: none
	Forget     bool        // keep no frames: Records and Received stay empty, memory bounded
}

// Tap sees what the MC receives. Its methods run on the session's reader, Flush behind each batch of frames
// and before the answers to it are written.
type Tap interface {
	Received(s *MCSession, f smpp.Frame) // f is valid during the call
	Flush(s *MCSession)
}

// MC is a scripted message centre. Its methods are safe for several goroutines.
type MC struct {
	opts  MCOptions
	clock Clock
	wg    sync.WaitGroup

	closing chan struct{} // closed by Close

	mu       sync.Mutex
	listener net.Listener
	live     map[*MCSession]struct{}
	all      []*MCSession // empty with Forget
	records  []Record
	store    []byte // the records' octets; a full chunk is left to its records
	stats    Stats
	changed  chan struct{} // closed when stats or live change; nil: nobody waits
	closed   bool
}

// NewMC returns a message centre that does not listen: give it connections with ServeConn.
func NewMC(opts MCOptions) *MC {
	if opts.Clock == nil {
		opts.Clock = systemClock{}
	}
	if opts.Name == "" {
		opts.Name = "smpptest"
	}
	return &MC{opts: opts, clock: opts.Clock, closing: make(chan struct{}), live: map[*MCSession]struct{}{}}
}

// StartMC returns a message centre that listens. Close it.
func StartMC(opts MCOptions) (*MC, error) {
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, err
	}
	if opts.TLS != nil {
		listener = tls.NewListener(listener, opts.TLS)
	}
	mc := NewMC(opts)
	mc.listener = listener
	mc.wg.Add(1)
	go mc.accept(listener)
	return mc, nil
}

// Addr is the address that the MC listens on; empty when it does not.
func (mc *MC) Addr() string {
	if mc.listener == nil {
		return ""
	}
	return mc.listener.Addr().String()
}

const acceptRetry = 10 * time.Millisecond

func (mc *MC) accept(listener net.Listener) {
	defer mc.wg.Done()
	for {
		conn, err := listener.Accept()
		if err == nil {
			mc.ServeConn(conn)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		select {
		case <-mc.closing:
			return
		case <-time.After(acceptRetry): // out of descriptors, or the peer has gone again
		}
	}
}

// ServeConn makes conn a session of its own and returns it at once; the MC owns conn from here on. A closed
// MC closes conn and returns nil.
func (mc *MC) ServeConn(conn net.Conn) *MCSession {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	if mc.closed {
		conn.Close()
		return nil
	}
	mc.stats.Sessions++
	s := newMCSession(mc, conn, mc.stats.Sessions)
	mc.live[s] = struct{}{}
	if !mc.opts.Forget {
		mc.all = append(mc.all, s)
	}
	mc.notifyLocked()
	mc.wg.Add(2)
	go s.runReader()
	go s.runWriter()
	return s
}

// Close stops listening, closes every session at once and returns when nothing of the MC runs any more.
func (mc *MC) Close() error {
	mc.mu.Lock()
	if !mc.closed {
		mc.closed = true
		close(mc.closing)
	}
	sessions := make([]*MCSession, 0, len(mc.live))
	for s := range mc.live {
		sessions = append(sessions, s)
	}
	mc.mu.Unlock()
	var err error
	if mc.listener != nil {
		if err = mc.listener.Close(); errors.Is(err, net.ErrClosed) {
			err = nil
		}
	}
	for _, s := range sessions {
		s.Close()
	}
	mc.wg.Wait()
	return err
}

// StopListening refuses further connections; the sessions go on.
func (mc *MC) StopListening() error { return mc.listener.Close() }

func (mc *MC) ended(s *MCSession) {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	delete(mc.live, s)
	mc.notifyLocked()
}
