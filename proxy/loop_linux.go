package proxy

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// loops are the event loops of a server, one for each CPU. A loop waits for the sockets of many sessions at
// once, so that a session that is bound and quiet costs neither goroutines nor buffers, and one message wakes
// one thread.
type loops struct {
	mu   sync.Mutex
	list []*loop
	next int
	over bool
	wg   sync.WaitGroup
}

// pick returns the loop whose turn it is; nil: there is none, or it is too late for one.
func (ls *loops) pick() *loop {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.over || ls.list == nil && !ls.start() {
		return nil
	}
	ls.next = (ls.next + 1) % len(ls.list)
	return ls.list[ls.next]
}

// start starts the loops; false: not one could be.
func (ls *loops) start() bool {
	for range loopCount() {
		l, err := newLoop()
		if err != nil {
			break
		}
		ls.list = append(ls.list, l)
		ls.wg.Go(l.run)
	}
	return len(ls.list) > 0
}

// loopCount is as many loops as there are CPUs to the process. A loop keeps its place with Go's scheduler while it waits
// for moments (pollFor), so the others need as many again.
var loopCount = sync.OnceValue(func() int {
	cpus := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(2 * cpus)
	return cpus
})

// stop ends the loops. No session may be left in them. Their descriptors are closed when nobody uses them any
// more: the number of a closed one is soon another connection's, and ringing a bell writes to it.
func (ls *loops) stop() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.over = true
	for _, l := range ls.list {
		l.stopping.Store(true)
		l.ring()
	}
	ls.wg.Wait()
	for _, l := range ls.list {
		unix.Close(l.poll)
		unix.Close(l.bell)
	}
	ls.list = nil
}

// loop is one event loop.
type loop struct {
	poll     int // descriptor of the epoll instance
	bell     int // descriptor of an eventfd that wakes it
	stopping atomic.Bool

	mu      sync.Mutex
	joining []*flow
	leaving []*flow

	// owned by run
	sealed   []byte // room for what is received over TLS, from one event until it was read
	intake   intake // its sessions'
	delivery delivery
	sides    []side // by descriptor
	blocked  map[*flow]struct{}
	recent   int       // events of the last rounds, the latest count most
	largest  int       // octets of the largest read since it last waited
	giveWay  func()    // giveProcessor
	served   int       // events since it has yielded
	checked  time.Time // when blocked was looked through
}

const (
	maxEvents  = 256
	busyFor    = 5                      // milliseconds without an event until a loop counts as quiet
	checkEvery = 200 * time.Millisecond // while something is pending
	reading    = unix.EPOLLIN | unix.EPOLLRDHUP
	ended      = unix.EPOLLHUP | unix.EPOLLERR
)

func newLoop() (*loop, error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create", err)
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err == nil {
		event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(bell)}
		if err = unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, bell, &event); err != nil {
			unix.Close(bell)
		}
	}
	if err != nil {
		unix.Close(poll)
		return nil, os.NewSyscallError("eventfd", err)
	}
	return &loop{
		poll: poll, bell: bell, sealed: make([]byte, batchBuffer), blocked: map[*flow]struct{}{}, giveWay: giveProcessor,
	}, nil
}

// ring wakes the loop.
func (l *loop) ring() { unix.Write(l.bell, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// join gives a session to the loop.
func (l *loop) join(f *flow) {
	l.mu.Lock()
	l.joining = append(l.joining, f)
	l.mu.Unlock()
	l.ring()
}

// leave makes the loop give a session back.
func (l *loop) leave(f *flow) {
	l.mu.Lock()
	l.leaving = append(l.leaving, f)
	l.mu.Unlock()
	l.ring()
}

func (l *loop) run() {
	events := make([]unix.EpollEvent, maxEvents)
	for {
		rung := false
		n := l.wait(events)
		l.count(n)
		for _, e := range events[:n] {
			if e.Fd == int32(l.bell) {
				rung = true
			} else if s := &l.sides[e.Fd]; s.flow != nil { // it may have left meanwhile
				l.serve(s, e.Events)
			}
		}
		if rung && l.answerBell() {
			return
		}
		l.endSlow()
		l.yield(n)
	}
}

// wait returns how many events there are. A loop that is busy hardly waits, and Go's scheduler is not bothered with it;
// a quiet one gives its place away.
func (l *loop) wait(events []unix.EpollEvent) int {
	if n := l.waitAwake(events); n > 0 {
		return n
	}
	if n, _ := pollFor(l.poll, events, busyFor); n > 0 {
		return n
	}
	timeout := -1
	if len(l.blocked) > 0 {
		timeout = int(checkEvery / time.Millisecond)
	}
	n, err := unix.EpollWait(l.poll, events, timeout)
	if err != nil && err != unix.EINTR {
		panic(os.NewSyscallError("epoll_wait", err)) // the descriptor is not one: no input can cause it
	}
	return max(n, 0)
}

// answerBell takes sessions in and gives others back; true: the loop is to end.
func (l *loop) answerBell() bool {
	var count [8]byte
	unix.Read(l.bell, count[:])
	l.mu.Lock()
	joining, leaving := l.joining, l.leaving
	l.joining, l.leaving = nil, nil
	l.mu.Unlock()
	for _, f := range joining {
		l.takeIn(f)
	}
	for _, f := range leaving {
		l.letGo(f)
	}
	return l.stopping.Load()
}

// takeIn starts with what has come behind the bind and its answer.
func (l *loop) takeIn(f *flow) {
	defer f.contain()
	l.lend(f.pair)
	esme, mc := side{socket: f.esme, flow: f, esme: true}, side{socket: f.mc, flow: f}
	l.watch(esme)
	l.watch(mc)
	if esme.takeFirst() && mc.takeFirst() {
		l.settle(f)
	} else {
		l.letGo(f)
	}
}

// lend gives a session the loop's desk.
func (l *loop) lend(p *pair) { p.intake, p.delivery = &l.intake, &l.delivery }

// clear takes away what a session has left behind in the middle of a batch.
func (l *loop) clear() { l.intake, l.delivery = intake{}, delivery{} }

func (l *loop) watch(s side) {
	for len(l.sides) <= s.fd {
		l.sides = append(l.sides, side{})
	}
	l.sides[s.fd] = s
	l.control(unix.EPOLL_CTL_ADD, s.socket, reading)
}

// control says which events of a socket are waited for. Each is told of once: the kernel does not look at a socket again
// to find that nothing more is there.
func (l *loop) control(op int, s *socket, interest uint32) {
	s.interest = interest
	event := unix.EpollEvent{Events: interest | unix.EPOLLET, Fd: int32(s.fd)}
	if err := unix.EpollCtl(l.poll, op, s.fd, &event); err != nil {
		panic(os.NewSyscallError("epoll_ctl", err)) // contained: the session ends
	}
}

// serve does what has become possible on one socket.
func (l *loop) serve(s *side, events uint32) {
	f := s.flow
	defer f.contain()
	more := true
	if events&unix.EPOLLOUT != 0 && len(s.pending) > 0 {
		more = s.flush() == nil
	}
	switch {
	case s.interest&unix.EPOLLIN == 0:
		more = more && events&ended == 0
	case more && events&(reading|ended) != 0:
		more = l.read(s, events&(unix.EPOLLRDHUP|ended) != 0)
	}
	if more {
		l.settle(f)
	} else {
		l.letGo(f)
	}
}

// read reads once and takes what has come; false: the session's goroutines are to go on. Where more may be there, or the
// end, the kernel is asked to tell of it again, behind the other sockets.
func (l *loop) read(s *side, ends bool) bool {
	octets, full, ok := s.receive(l.sealed)
	if !ok {
		return false
	}
	l.largest = max(l.largest, octets)
	if ends || full {
		l.control(unix.EPOLL_CTL_MOD, s.socket, s.interest)
	}
	if s.esme {
		s.flow.pair.touch()
	}
	if s.inbox().plain() {
		return s.take()
	}
	return s.takeSealed()
}

// settle waits for what the session can go on with: a side is read while the other takes what becomes of it. A message
// centre that takes nothing is read nevertheless, but not without end: some of what it says TLS answers by itself.
func (l *loop) settle(f *flow) {
	var esme, mc uint32
	if len(f.mc.pending) == 0 && len(f.esme.pending) < outboxLimit {
		esme |= reading
	}
	if len(f.esme.pending) > 0 {
		esme |= unix.EPOLLOUT
	} else if len(f.mc.pending) < 4*outboxLimit+f.pair.mcIn.max {
		mc |= reading
	}
	if len(f.mc.pending) > 0 {
		mc |= unix.EPOLLOUT
	}
	if esme != f.esme.interest {
		l.control(unix.EPOLL_CTL_MOD, f.esme, esme)
	}
	if mc != f.mc.interest {
		l.control(unix.EPOLL_CTL_MOD, f.mc, mc)
	}
	if (esme|mc)&unix.EPOLLOUT != 0 {
		l.blocked[f] = struct{}{}
	} else if len(l.blocked) > 0 {
		delete(l.blocked, f)
	}
}

// endSlow ends the sessions of which one side has taken nothing for the write deadline.
func (l *loop) endSlow() {
	if len(l.blocked) == 0 {
		return
	}
	now := time.Now()
	if now.Sub(l.checked) < checkEvery {
		return
	}
	l.checked = now
	for f := range l.blocked {
		p := f.pair
		stuck := func(s *socket) bool { return len(s.pending) > 0 && now.Sub(s.since) > p.cfg.WriteDeadline }
		switch {
		case stuck(f.esme):
			p.stop(ESMESlow)
			p.out.fail(os.ErrDeadlineExceeded)
			f.esme.pending, f.over.esme, f.over.mc = nil, true, true
		case stuck(f.mc):
			p.mcFailed(os.ErrDeadlineExceeded)
			f.mc.pending, f.over.esme = nil, true
		default:
			continue
		}
		l.letGo(f)
	}
}

// letGo gives a session to goroutines of its own.
func (l *loop) letGo(f *flow) {
	if f.gone {
		return
	}
	f.gone = true
	f.pair.intake, f.pair.delivery = &intake{}, &delivery{}
	delete(l.blocked, f)
	for _, s := range []*socket{f.esme, f.mc} {
		if s.fd < len(l.sides) { // else it was never watched
			l.sides[s.fd] = side{}
		}
		// attach keeps the connection open under another number, and with it what epoll knows of this one.
		unix.EpollCtl(l.poll, unix.EPOLL_CTL_DEL, s.fd, nil)
		if err := s.attach(); err != nil {
			f.pair.cfg.Logger.Error("a session is cut off", f.pair.who(zap.Error(err))...)
		}
	}
	go f.pair.resume(f)
}
