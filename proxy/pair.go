package proxy

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"geogate/rules"
)

// pair is one ESME session and, once its bind was accepted, one message-centre session.
//
// Goroutines: run is the one that the server starts. It is the OPEN state, then fromESME, and it outlives
// fromMC, which it starts and waits for. Either loop ends by itself when its peer ends, and makes the other
// end: fromESME half-closes the message centre and bounds what may still come from there; fromMC closes the
// message centre and wakes fromESME. While an event loop has the session (flow) there are neither; resume
// takes run's place then.
//
// Connections: run closes the ESME's, at its very end. fromMC closes the message centre's; run does when
// fromMC was never started. abort closes both at any time.
type pair struct {
	// static
	srv     *Server
	cfg     *settings // of the moment of its accept
	session Session
	esme    net.Conn
	out     outbox          // to the ESME; has a lock of its own
	ctx     context.Context // ends with the session's OPEN state, earlier when it is drained or aborted
	cancel  context.CancelFunc
	source  netip.Addr // what Remote counts as
	door    *Door      // by which it came in
	early   []byte     // what came behind a PROXY header
	cert    *rules.ClientCert

	counted     bool      // among the connections of its address
	waiting     bool      // and of those that have not bound
	holds       bool      // grant's places
	initEnd     time.Time // of the OPEN state
	failedBinds int

	// static after the bind
	mc       net.Conn
	mcDone   chan struct{} // closed when fromMC has ended
	toMC     window        // requests of the ESME
	toESME   window        // requests of the message centre
	lastRead atomic.Int64
	start    time.Time // that lastRead counts from, in nanoseconds

	// owned by fromESME (and by the OPEN state before it)
	*intake
	in        *inbox
	standing  standing
	lastSeq   uint32 // of the ESME's requests
	ending    bool   // nothing more is taken from the ESME
	drained   bool   // the session is being drained: no message is taken any more
	stopwatch stopwatch
	grant     grant

	// owned by fromMC
	*delivery
	mcIn      *inbox
	lastMCSeq uint32

	mcUnbinding atomic.Bool   // the message centre has sent unbind
	ownUnbind   atomic.Uint64 // sequence number of our unbind to the message centre, plus one; 0: none

	// guarded by mu
	mu       sync.Mutex
	draining bool
	cause    Cause
	ended    bool // cause is set
	closed   bool // abort was called
	link     net.Conn
	idle     *time.Timer // the inactivity timer; nil: not started, or over
}

func newPair(s *Server, conn net.Conn, id uint64) *pair {
	cfg := s.settings.Load()
	conn = asSocket(conn)
	p := &pair{srv: s, cfg: cfg, esme: conn, mcDone: make(chan struct{}), start: time.Now(), door: &Door{},
		intake: &intake{}, delivery: &delivery{}}
	p.session.ID, p.session.Since = id, cfg.Now()
	p.ctx, p.cancel = context.WithCancel(s.ctx)
	p.in = newInbox(conn, cfg.MaxPDU)
	p.out.init(conn, cfg.WriteDeadline)
	return p
}

// run is the life of a session.
func (p *pair) run() {
	remote, _ := netip.ParseAddrPort(p.esme.RemoteAddr().String())
	p.locate(remote)
	bound := false
	p.contain(func() {
		p.cfg.Observer.Opened(&p.session)
		bound = p.enter() && p.open()
	})
	p.cancel() // what waited for ctx is over
	if bound {
		if p.joinLoop() {
			return
		}
		p.relayBoth(false, false)
	}
	p.contain(p.finish)
}

// relayBoth is the bound session, of one side of which nothing more may be wanted.
func (p *pair) relayBoth(esmeOver, mcOver bool) {
	go p.contain(func() { p.fromMC(mcOver) })
	p.contain(func() { p.fromESME(esmeOver) })
	p.release() // an ESME that returns at once finds its place free
	p.letMCFinish()
}

// contain runs a part of the session's life. What panics in it ends the session, and no other.
func (p *pair) contain(part func()) {
	defer func() {
		if problem := recover(); problem != nil {
			p.panicked(problem)
		}
	}()
	part()
}

func (p *pair) panicked(problem any) {
	p.cfg.Logger.Error("a fault of our own ends the session",
		p.who(zap.String("panic", fmt.Sprint(problem)), zap.ByteString("stack", debug.Stack()))...)
	p.abort()
}

// locate notes where the ESME is.
func (p *pair) locate(addr netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session.Remote = addr
	p.source = SourceOf(addr)
}

// who is what every line of the log about the session begins with, and what more one says. A logger that knew it would
// keep a kilobyte for each session.
func (p *pair) who(more ...zap.Field) []zap.Field {
	s := &p.session
	who := []zap.Field{zap.Uint64("session", s.ID), zap.Stringer("remote", s.Remote)}
	if s.Mode != 0 { // it has tried to bind
		who = append(who, zap.String("system_id", s.SystemID), zap.String("account", s.Account))
	}
	return append(who, more...)
}

// letMCFinish ends the message centre's side when the ESME's has ended: what is in flight may still be
// answered for a moment, and what was answered comes through.
func (p *pair) letMCFinish() {
	p.mc.SetReadDeadline(time.Now().Add(linger))
	select {
	case <-p.toMC.whenEmpty(): // the ESME may have closed its sending side alone
		closeWrite(p.mc)
	case <-p.mcDone:
	}
	<-p.mcDone
	p.ignoreIdle()
}

// finish gives back what the session holds.
func (p *pair) finish() {
	defer p.srv.forget(p)
	p.release()
	closeWrite(p.esme)
	p.esme.SetReadDeadline(time.Now().Add(linger))
	discard(p.esme)
	p.esme.Close()
	p.session.setState(Closed)
	p.depart()
	end := End{Cause: p.why(), Unanswered: p.toMC.inFlight()}
	p.cfg.Logger.Info("session ended", p.who(zap.Stringer("cause", end.Cause), zap.Int("unanswered", end.Unanswered))...)
	p.cfg.Observer.Closed(&p.session, end)
}

// stop notes why the session ends; the first to know is right.
func (p *pair) stop(cause Cause) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		p.cause, p.ended = cause, true
	}
}

func (p *pair) why() Cause {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// drain ends the session in order: nothing more is read from the ESME, what is in flight is answered, both
// sides are unbound.
func (p *pair) drain(cause Cause) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining {
		return
	}
	p.draining = true
	if !p.ended {
		p.cause, p.ended = cause, true
	}
	if p.session.State() == Open {
		p.cancel()
	}
	p.esme.SetReadDeadline(past)
}

func (p *pair) isDraining() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.draining
}

// readUntil sets the deadline for reading the ESME, unless the session is being drained.
func (p *pair) readUntil(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.draining {
		p.esme.SetReadDeadline(t)
	}
}

// abort ends the session at once.
func (p *pair) abort() {
	p.stop(Aborted)
	p.cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	sever(p.esme)
	if p.link != nil {
		sever(p.link)
	}
}

// join makes l the message centre's side; false: the session was aborted meanwhile.
func (p *pair) join(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.mc, p.mcIn, p.link = l.conn, l.inbox, l.conn
	p.session.MCAddr = l.addr
	return true
}

func (p *pair) note(e Event, n int) {
	if n > 0 {
		p.cfg.Observer.Noted(&p.session, e, n)
	}
}

// info is the session for a list.
func (p *pair) info() SessionInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.session
	return SessionInfo{
		ID: s.ID, Remote: s.Remote, Since: s.Since, State: s.State(), SystemID: s.SystemID, Account: s.Account,
		Mode: s.Mode, Upstream: s.Upstream, MCAddr: s.MCAddr, InFlight: p.toMC.inFlight(),
		Requests: s.counts[countRequests].Load(), Forwarded: s.counts[countForwarded].Load(),
		Refused: s.counts[countRefused].Load(), FromMC: s.counts[countFromMC].Load(),
	}
}
