package proxy

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// wires makes connections of the kind that a program asks for.
type wires struct{ tcp, tlsESME, tlsMC bool }

// kindsOfWires are those that programs choose from.
var kindsOfWires = [...]wires{
	{tcp: true}, {}, {tcp: true, tlsESME: true}, {tcp: true, tlsMC: true}, {tcp: true, tlsESME: true, tlsMC: true},
}

// tlsEnds are the settings of a server and of its clients, the same for all programs: certificates take their time.
func tlsEnds(t testing.TB) (server, client *tls.Config) {
	ends.Do(func() {
		a := newAuthority(t)
		ends.server = &tls.Config{Certificates: []tls.Certificate{a.pair(forLoopback())}}
		ends.client = &tls.Config{RootCAs: a.roots, ServerName: "127.0.0.1"}
	})
	return ends.server, ends.client
}

var ends struct {
	sync.Once
	server, client *tls.Config
}

// lastHost numbers the loopback addresses that connections run over: thousands a second would use up the
// ports of one.
var lastHost atomic.Uint32

// pair returns the two ends of a connection.
func (w wires) pair(t testing.TB) (ours, theirs net.Conn) {
	t.Helper()
	var err error
	if w.tcp {
		ours, theirs, err = tcpPair()
	} else {
		ours, theirs, err = unixPair()
	}
	if err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

func tcpPair() (ours, theirs net.Conn, err error) {
	n := lastHost.Add(1)
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, byte(n>>16), byte(n>>8), byte(n|1))})
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	if ours, err = net.Dial("tcp4", l.Addr().String()); err != nil {
		return nil, nil, err
	}
	theirs, err = l.Accept()
	return ours, theirs, err
}

// unixPair is the way of a connection that is no plain TCP one.
func unixPair() (ours, theirs net.Conn, err error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, err
	}
	if ours, err = unixConn(fds[0]); err == nil {
		theirs, err = unixConn(fds[1])
	}
	return ours, theirs, err
}

func unixConn(fd int) (net.Conn, error) {
	file := os.NewFile(uintptr(fd), "socketpair")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	return addressed{conn.(*net.UnixConn)}, nil
}

// addressed is a socket that says it comes from an IP address.
type addressed struct{ *net.UnixConn }

func (addressed) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// queue is a listener whose connections a test hands in.
type queue struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newQueue() *queue { return &queue{conns: make(chan net.Conn, 1), closed: make(chan struct{})} }

func (q *queue) Accept() (net.Conn, error) {
	select {
	case conn := <-q.conns:
		return conn, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

func (q *queue) Close() error   { q.once.Do(func() { close(q.closed) }); return nil }
func (q *queue) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2775} }

// tape keeps what comes over a connection until it ends.
type tape struct {
	conn    net.Conn
	changed chan struct{}

	mu    sync.Mutex
	got   []byte
	ended bool
}

func newTape(conn net.Conn) *tape { return &tape{conn: conn, changed: make(chan struct{}, 1)} }

// record reads to the end, and closes: the peer need not wait for that.
func (s *tape) record() {
	buf := make([]byte, 32<<10)
	for {
		n, err := s.conn.Read(buf)
		s.mu.Lock()
		s.got = append(s.got, buf[:n]...)
		s.ended = err != nil
		s.mu.Unlock()
		select {
		case s.changed <- struct{}{}:
		default:
		}
		if err != nil {
			s.conn.Close()
			return
		}
	}
}

// so far returns what came and whether the connection has ended.
func (s *tape) soFar() ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got, s.ended
}

// wait returns once done holds of what came; false: it never did, or the connection ended before.
func (s *tape) wait(done func(got []byte, ended bool) bool) bool {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		got, ended := s.soFar()
		if done(got, ended) {
			return true
		}
		if ended {
			return false
		}
		select {
		case <-s.changed:
		case <-deadline.C:
			return false
		}
	}
}

// bindPlan is what the message centre does with the next bind that reaches it.
type bindPlan struct {
	bind   []byte // that must reach it
	answer []byte // nil: it hangs up
}

// centre is the message centre's host: each dial is one connection, which takes the next plan.
type centre struct {
	wires wires
	tls   *tls.Config // of the server; nil: none
	plans chan bindPlan
	wg    sync.WaitGroup
	link  atomic.Pointer[tape] // that was bound
	fault atomic.Pointer[string]
}

func (c *centre) dial(t testing.TB) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := c.wires.pair(t)
		if c.tls != nil {
			ours = tls.Server(ours, c.tls)
		}
		c.wg.Add(1)
		go c.serve(ours)
		return theirs, nil
	}
}

func (c *centre) serve(conn net.Conn) {
	defer c.wg.Done()
	defer conn.Close()
	var plan bindPlan
	select {
	case plan = <-c.plans:
	case <-time.After(patience):
		fault := "a bind came that should not"
		c.fault.Store(&fault)
		return
	}
	conn.SetReadDeadline(time.Now().Add(patience))
	bind := make([]byte, len(plan.bind))
	if _, err := io.ReadFull(conn, bind); err != nil || string(bind) != string(plan.bind) {
		fault := "the bind came as " + string(bind)
		c.fault.Store(&fault)
		return
	}
	conn.SetReadDeadline(time.Time{})
	if plan.answer == nil {
		return
	}
	s := newTape(conn)
	if plan.answer[11] == 0 && plan.answer[8]|plan.answer[9]|plan.answer[10] == 0 { // ESME_ROK
		c.link.Store(s)
	}
	conn.Write(plan.answer)
	s.record()
}
