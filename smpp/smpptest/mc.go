package smpptest

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"geogate/smpp"
)

// MCOptions says how an MC behaves. The zero value is a message centre on a free loopback port that takes any bind,
// accepts every message and keeps every frame.
type MCOptions struct {
	Addr               string // to listen on; empty: 127.0.0.1:0
	SystemID, Password string // that a bind must give; empty: any
	Name               string // system_id in the MC's own bind answers; empty: smpptest
	MaxPDU             int    // longest frame taken, in octets; 0: smpp.DefaultMaxPDU

	Script                                             // what is done about messages
	Behave func(*MCSession, smpp.Frame) Action         // replaces Script, for every request; runs on the session's reader
	Accept func(systemID, password string) smpp.Status // judges a bind in place of SystemID and Password

	Seed       int64       // of every random choice; a session's own follow from it and its number
	Clock      Clock       // nil: the system's
	Transcript *Transcript // M> and M< lines; nil: none
	Tap        Tap         // sees every frame received; nil: none
	Forget     bool        // keep no frames: Records and Received stay empty, memory bounded
}

// Tap sees what the MC receives. Its methods run on the session's reader, Flush behind each batch of frames and before
// the answers to it are written.
type Tap interface {
	Received(s *MCSession, f smpp.Frame) // f is valid during the call
	Flush(s *MCSession)
}

// Record is one frame that the MC received, byte for byte.
type Record struct {
	Session *MCSession
	Frame   smpp.Frame
}

// Stats counts what an MC has done.
type Stats struct {
	Sessions  int `json:"sessions"`  // connections accepted
	Binds     int `json:"binds"`     // binds answered with ESME_ROK
	Requests  int `json:"requests"`  // request PDUs received
	Responses int `json:"responses"` // response PDUs received
	Messages  int `json:"messages"`  // of the requests: submit_sm, submit_multi, data_sm
	Accepted  int `json:"accepted"`  // messages answered with ESME_ROK
	Receipts  int `json:"receipts"`  // delivery receipts sent
	Faults    int `json:"faults"`    // faults committed as scripted
	Broken    int `json:"broken"`    // sessions ended by a frame that could not be cut
}

// MC is a scripted message centre. Its methods are safe for several goroutines.
type MC struct {
	opts  MCOptions
	clock Clock
	wg    sync.WaitGroup

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
	return &MC{opts: opts, clock: opts.Clock, live: map[*MCSession]struct{}{}}
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
		fired, stop := mc.clock.Timer(10 * time.Millisecond) // out of descriptors, or the peer has gone again
		<-fired
		stop()
	}
}

// ServeConn makes conn a session of its own and returns it at once; the MC owns conn from here on. A closed MC closes
// conn and returns nil.
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
	mc.closed = true
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

// Sessions is every session so far, in the order of their numbers; with MCOptions.Forget only those that still run.
func (mc *MC) Sessions() []*MCSession {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	if !mc.opts.Forget {
		return append([]*MCSession(nil), mc.all...)
	}
	live := make([]*MCSession, 0, len(mc.live))
	for s := range mc.live {
		live = append(live, s)
	}
	return live
}

// Records is every frame received so far, requests and responses, in order of arrival.
func (mc *MC) Records() []Record {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	return append([]Record(nil), mc.records...)
}

// Received is every request received so far, byte for byte, in order of arrival: binds and enquire_link too.
func (mc *MC) Received() []smpp.Frame {
	return mc.received(func(id smpp.CommandID) bool { return !id.IsResponse() })
}

// Messages is Received without what carries no message: submit_sm, submit_multi and data_sm are left.
func (mc *MC) Messages() []smpp.Frame { return mc.received(carriesMessage) }

func (mc *MC) received(want func(smpp.CommandID) bool) []smpp.Frame {
	var frames []smpp.Frame
	for _, r := range mc.Records() {
		if want(r.Frame.ID()) {
			frames = append(frames, r.Frame)
		}
	}
	return frames
}

// Stats is what the MC has done so far, up to the last whole batch of each session.
func (mc *MC) Stats() Stats {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	return mc.stats
}

// Wait returns once n messages (submit_sm, submit_multi, data_sm) have come and their answers are queued, or with
// ctx's error.
func (mc *MC) Wait(ctx context.Context, n int) error {
	return mc.WaitUntil(ctx, func(s Stats, _ int) bool { return s.Messages >= n })
}

// WaitIdle returns once no session is left, or with ctx's error.
func (mc *MC) WaitIdle(ctx context.Context) error {
	return mc.WaitUntil(ctx, func(_ Stats, live int) bool { return live == 0 })
}

// WaitUntil returns once done holds for the stats and the number of live sessions, or with ctx's error. done must not
// call the MC.
func (mc *MC) WaitUntil(ctx context.Context, done func(s Stats, live int) bool) error {
	for {
		mc.mu.Lock()
		if done(mc.stats, len(mc.live)) {
			mc.mu.Unlock()
			return nil
		}
		if mc.changed == nil {
			mc.changed = make(chan struct{})
		}
		changed := mc.changed
		mc.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (mc *MC) notifyLocked() {
	if mc.changed != nil {
		close(mc.changed)
		mc.changed = nil
	}
}

// record keeps a copy of f.
func (mc *MC) record(s *MCSession, f smpp.Frame) {
	if mc.opts.Forget {
		return
	}
	mc.mu.Lock()
	defer mc.mu.Unlock()
	if cap(mc.store)-len(mc.store) < len(f) {
		mc.store = make([]byte, 0, max(64<<10, len(f)))
	}
	start := len(mc.store)
	mc.store = append(mc.store, f...)
	mc.records = append(mc.records, Record{s, smpp.Frame(mc.store[start:len(mc.store):len(mc.store)])})
}

// count adds a session's own counters and clears them.
func (mc *MC) count(delta *Stats) {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	s := &mc.stats
	s.Binds += delta.Binds
	s.Requests += delta.Requests
	s.Responses += delta.Responses
	s.Messages += delta.Messages
	s.Accepted += delta.Accepted
	s.Receipts += delta.Receipts
	s.Faults += delta.Faults
	s.Broken += delta.Broken
	*delta = Stats{}
	mc.notifyLocked()
}

func (mc *MC) ended(s *MCSession) {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	delete(mc.live, s)
	mc.notifyLocked()
}

func carriesMessage(id smpp.CommandID) bool {
	return id == smpp.IDSubmitSM || id == smpp.IDSubmitMulti || id == smpp.IDDataSM
}
