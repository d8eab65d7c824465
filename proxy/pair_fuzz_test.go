package proxy

import (
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/goleak"

	"geogate/smpp"
)

// FuzzPair plays programs against a whole server: real connections, both peers, random requests good and bad,
// answers right and wrong, cuts anywhere, policies that change, and every way of ending. See play.
func FuzzPair(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(randomProgram(seed))
	}
	f.Add(randomProgram(101151)) // ten binds fail
	f.Fuzz(func(t *testing.T, program []byte) {
		before := goleak.IgnoreCurrent()
		play(t, program)
		if err := goleak.Find(before); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPairPrograms plays random programs: what FuzzPair does, for a moment, in every run of the tests.
func TestPairPrograms(t *testing.T) {
	t.Parallel()
	programs := uint64(1500)
	if testing.Short() {
		programs = 50
	}
	for seed := range programs {
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { play(t, randomProgram(seed)) }) {
			return
		}
	}
}

func randomProgram(seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 6))
	b := make([]byte, 50+random.IntN(1500))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// program is read octet by octet; behind its end there are zeros.
type program []byte

func (p *program) octet() byte {
	if len(*p) == 0 {
		return 0
	}
	b := (*p)[0]
	*p = (*p)[1:]
	return b
}

func (p *program) number(below int) int { return int(p.octet()) % below }

func (p *program) octets(n int) []byte {
	b := make([]byte, n)
	*p = (*p)[copy(b, *p):]
	return b
}

// game is a program being played.
type game struct {
	t      testing.TB
	code   program
	ending byte // how the session ends that the program has not ended
	m      *model
	srv    *Server
	orders *orders
	watch  *watcher
	served chan error

	mc     *centre
	esme   *tape
	cut    int // octets read of what came to the ESME
	reader *reader
	held   []byte // of the ESME, to be sent together with what follows

	said      []said
	last      bool // the session ends with this step, or the program does
	uncertain bool // how many requests are in flight is not known for sure
}

// said is what one side has sent in one step.
type said struct {
	who string
	b   []byte
}

// play runs one program: steps of either side until the program or the session ends, then the end. It checks
// that every request is answered exactly once, as the model says and in an order that can be; that the
// message centre gets exactly the octets that the model says, and nothing that was refused; that deliveries
// and answers come through untouched; that both connections end, and nothing of the session is left.
func play(t testing.TB, code []byte) {
	g := newGame(t, code)
	defer g.close()
	for len(g.code) > 0 && !g.last {
		g.step()
	}
	g.finish()
}

func newGame(t testing.TB, code []byte) *game {
	g := &game{t: t, code: code, orders: &orders{}, watch: newWatcher(), reader: newReader()}
	g.ending = g.code.octet()
	w := kindsOfWires[g.code.number(len(kindsOfWires))]
	server, client := tlsEnds(t)
	g.mc = &centre{wires: w, plans: make(chan bindPlan, 64)}
	g.m = &model{loose: map[uint32]bool{}, reached: func(p bindPlan) { g.mc.plans <- p }, plan: g.planBind}
	g.give(2)
	up, door := Upstream{Addrs: []string{"127.0.0.1:1"}}, Door{}
	if w.tlsMC {
		g.mc.tls, up.TLS = server, client
	}
	if w.tlsESME {
		door.NewTLS = always(server)
	}
	cfg := Config{
		Upstreams:       map[string]Upstream{"mc": up},
		DefaultUpstream: "mc", Policies: g.orders, Observer: g.watch, FailedBindDelay: -1, Dial: g.mc.dial(t),
		RefusalsOnly: g.ending >= 128, // every second program: what nobody hears of takes the short way
	}
	if g.ending%10 == drainedIdle {
		cfg.DrainTimeout = 5 * time.Millisecond
	}
	var err error
	if g.srv, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	l := newQueue()
	g.served = make(chan error, 1)
	go func() { g.served <- g.srv.ServeDoor(l, door) }()
	ours, theirs := w.pair(t)
	l.conns <- theirs
	if w.tlsESME {
		ours = tls.Client(ours, client)
	}
	g.watch.wait(t, "the session", func() bool { return g.watch.opened == 1 })
	g.esme = newTape(ours)
	g.mc.wg.Add(1)
	go func() { defer g.mc.wg.Done(); g.esme.record() }()
	return g
}

// close leaves nothing behind, however the game went.
func (g *game) close() {
	g.srv.Close()
	if err := <-g.served; err != nil {
		g.t.Error(err)
	}
	g.esme.conn.Close()
	if link := g.mc.link.Load(); link != nil {
		link.conn.Close()
	}
	g.mc.wg.Wait()
	if g.t.Failed() {
		for _, s := range g.said {
			g.t.Logf("%s\n%s  %x", s.who, list(s.b), s.b)
		}
	}
	if fault := g.mc.fault.Load(); fault != nil {
		g.t.Error(*fault)
	}
}

func (g *game) give(i int) {
	g.m.order = ordersOfAll()[i]
	g.orders.policy.Store(g.m.order.policy)
}

// step does one thing. Until the session is bound it is the ESME's.
func (g *game) step() {
	if g.m.state == Open {
		if g.code.number(4) == 0 {
			g.send(g.request())
		} else {
			g.send(g.bindRequest())
		}
		return
	}
	switch g.code.number(12) {
	case 0, 1, 2, 3, 4:
		g.send(g.request())
	case 5:
		g.send(g.response())
	case 6, 7:
		g.answerOne()
	case 8:
		g.answerWrongly()
	case 9, 10:
		g.ask()
	default:
		g.rare()
	}
}

// rare does what a session does not see often.
func (g *game) rare() {
	switch g.code.number(8) {
	case 0, 1, 2:
		g.settle()
		g.give(g.code.number(len(ordersOfAll())))
	case 3:
		g.send(append(g.request(), []byte{0, 0, 0, byte(g.code.number(16))}...)) // framing is lost
	case 4:
		g.breakMC()
	case 5:
		g.send(header(smpp.IDUnbind, g.sequence()))
	case 6:
		if g.owesNothing() {
			return
		}
		g.settle()
		g.fromMC(header(smpp.IDUnbind, g.sequence()))
		g.settle()
	default:
		g.settle()
	}
}

// send writes for the ESME what it is given, in pieces; some of it may wait for the next time.
func (g *game) send(b []byte) {
	wasOpen := g.m.state == Open
	g.said = append(g.said, said{"ESME", b})
	g.m.fromESME(b)
	g.held = append(g.held, b...)
	switch how := g.code.number(8); how {
	case 0, 1:
		if !wasOpen && !g.m.over {
			return // together with the next
		}
	case 2, 3:
		for len(g.held) > 1 {
			n := 1 + g.code.number(min(len(g.held), 64))
			g.write(g.held[:n])
			if g.held = g.held[n:]; g.code.number(4) == 0 {
				break
			}
		}
	}
	g.flush()
	if wasOpen {
		g.settle()
	}
	g.last = g.last || g.m.over
}

func (g *game) flush() {
	g.write(g.held)
	g.held = nil
}

func (g *game) write(b []byte) {
	if _, err := g.esme.conn.Write(b); err != nil && !g.m.over {
		g.t.Fatalf("the ESME cannot write: %v", err)
	}
}

// fromMC writes for the message centre, in pieces.
func (g *game) fromMC(f smpp.Frame) {
	b := []byte(f)
	g.said = append(g.said, said{"message centre", b})
	if !f.ID().IsResponse() {
		g.m.asked(f)
	}
	for len(b) > 0 {
		n := len(b)
		if g.code.number(4) == 0 {
			n = 1 + g.code.number(n)
		}
		if _, err := g.link().conn.Write(b[:n]); err != nil {
			g.t.Fatalf("the message centre cannot write: %v", err)
		}
		b = b[n:]
	}
}

func (g *game) link() *tape { return g.mc.link.Load() }

// settle waits until both sides have got all that must come of what was sent.
func (g *game) settle() {
	g.t.Helper()
	g.flush()
	g.settleMC()
	g.settleESME()
}

func (g *game) settleMC() {
	g.t.Helper()
	g.flush()
	link := g.link()
	if link == nil {
		return
	}
	g.mcGot(link.wait(func(got []byte, _ bool) bool { return len(got) >= len(g.m.toMC) }))
}

// mcGot checks that the message centre got the octets of the model.
func (g *game) mcGot(ok bool) {
	g.t.Helper()
	if got, ended := g.link().soFar(); !ok || string(got) != string(g.m.toMC) {
		g.t.Fatalf("the message centre got (ended: %v)\n%s  %x\nwant\n%s  %x", ended, list(got), got,
			list(g.m.toMC), g.m.toMC)
	}
}

// list is one line a frame.
func list(b []byte) string {
	var frames []smpp.Frame
	for {
		n, _ := smpp.FrameLen(b, 2*smpp.DefaultMaxPDU)
		if n == 0 {
			return traces(frames)
		}
		frames = append(frames, b[:n])
		b = b[n:]
	}
}

func (g *game) settleESME() {
	g.t.Helper()
	ok := g.esme.wait(func(got []byte, _ bool) bool {
		g.readESME(got)
		return g.reader.n >= len(g.m.own)+len(g.m.relayed)
	})
	if !ok {
		_, ended := g.esme.soFar()
		g.t.Fatalf("the ESME got %d frames of %d (ended: %v)\n%s", g.reader.n,
			len(g.m.own)+len(g.m.relayed), ended, g.reader.heads(g.m))
	}
}

// readESME reads the frames that came since.
func (g *game) readESME(got []byte) {
	g.t.Helper()
	for {
		n, err := smpp.FrameLen(got[g.cut:], 2*smpp.DefaultMaxPDU)
		if err != nil {
			g.t.Fatalf("the ESME got no frame: %x", got[g.cut:])
		}
		if n == 0 {
			return
		}
		f := smpp.Frame(got[g.cut : g.cut+n])
		if err := g.reader.read(g.m, f); err != nil {
			g.t.Fatal(err)
		}
		g.cut += n
	}
}
