package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"geogate/rules"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// fleet is a server in front of several message centres in memory, for bubbles of synctest.
type fleet struct {
	*orders
	*watcher
	t     *testing.T
	srv   *Server
	conns *pipes
	esmes []*smpptest.ESME

	mu     sync.Mutex
	delay  time.Duration           // of each connect
	mcs    map[string]*smpptest.MC // by address
	down   map[string]error        // what a connect meets; nil: nothing, until it is given up
	dials  map[string]int
	now    map[string]int // connects that go on
	utmost map[string]int
}

var errRefused = errors.New("connection refused")

func newFleet(t *testing.T, cfg Config, up Upstream) *fleet {
	t.Helper()
	f := &fleet{
		orders: &orders{}, watcher: newWatcher(), t: t, conns: &pipes{conns: make(chan net.Conn)},
		mcs: map[string]*smpptest.MC{}, down: map[string]error{}, dials: map[string]int{}, now: map[string]int{},
		utmost: map[string]int{},
	}
	f.give(t, acme())
	for _, addr := range up.Addrs {
		f.mcs[addr] = smpptest.NewMC(smpptest.MCOptions{Forget: true})
	}
	cfg.Upstreams, cfg.DefaultUpstream = map[string]Upstream{"mc": up}, "mc"
	cfg.Observer, cfg.Dial, cfg.FailedBindDelay = f.watcher, f.dial, -1
	if cfg.Policies == nil {
		cfg.Policies = f.orders
	}
	var err error
	if f.srv, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	go f.srv.Serve(f.conns)
	t.Cleanup(f.close)
	return f
}

func (f *fleet) close() {
	for _, e := range f.esmes {
		e.Close()
	}
	f.srv.Close()
	for _, mc := range f.mcs {
		mc.Close()
	}
}

// dial is the network of the server.
func (f *fleet) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	f.count(addr, 1)
	defer f.count(addr, -1)
	f.mu.Lock()
	mc := f.mcs[addr]
	err, isDown := f.down[addr]
	delay := f.delay
	f.mu.Unlock()
	if isDown && err == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if isDown {
		return nil, err
	}
	ours, theirs := net.Pipe()
	mc.ServeConn(theirs)
	return ours, nil
}

func (f *fleet) count(addr string, delta int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if delta > 0 {
		f.dials[addr]++
	}
	f.now[addr] += delta
	f.utmost[addr] = max(f.utmost[addr], f.now[addr])
}

// takeDown makes connects to an address meet err, or nothing.
func (f *fleet) takeDown(addr string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down[addr] = err
}

// slowDown makes each connect take so long.
func (f *fleet) slowDown(delay time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delay = delay
}

func (f *fleet) bringBack(addr string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.down, addr)
}

// recount forgets the connects so far.
func (f *fleet) recount() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.dials)
	clear(f.utmost)
}

func (f *fleet) esme() *smpptest.ESME {
	ours, theirs := net.Pipe()
	f.conns.conns <- theirs
	e := smpptest.NewESME(ours)
	e.AnswerAll()
	f.esmes = append(f.esmes, e)
	return e
}

// bind binds a new ESME and returns it with what it got, and how long that took.
func (f *fleet) bind() (*smpptest.ESME, smpp.Status, time.Duration) {
	f.t.Helper()
	e, began := f.esme(), time.Now()
	st, err := e.Bind(f.t.Context(), smpp.IDBindTransceiver, "acme", "")
	if err != nil {
		f.t.Fatal(err)
	}
	return e, st, time.Since(began)
}

// storm binds n ESMEs at once and returns how many got each status, and how long the last one took.
func (f *fleet) storm(n int) (map[smpp.Status]int, time.Duration) {
	list := make([]*smpptest.ESME, n)
	for i := range list {
		list[i] = f.esme()
	}
	got, began := make([]smpp.Status, n), time.Now()
	var wg sync.WaitGroup
	for i, e := range list {
		wg.Go(func() {
			var err error
			if got[i], err = e.Bind(f.t.Context(), smpp.IDBindTransceiver, "acme", ""); err != nil {
				f.t.Error(err)
			}
		})
	}
	wg.Wait()
	counts := map[smpp.Status]int{}
	for _, st := range got {
		counts[st]++
	}
	return counts, time.Since(began)
}

// dropAll closes the connections of all ESMEs and waits until nothing of their sessions is left.
func (f *fleet) dropAll() {
	for _, e := range f.esmes {
		e.Close()
	}
	f.esmes = nil
	time.Sleep(time.Second)
	synctest.Wait()
	if left := len(f.srv.Sessions()); left != 0 {
		f.t.Fatalf("%d sessions are left", left)
	}
}

// sessions counts the bound sessions of an address.
func (f *fleet) sessions(addr string) int {
	for _, a := range f.srv.Upstreams()[0].Addresses {
		if a.Addr == addr {
			return a.Sessions
		}
	}
	f.t.Fatalf("no address %s", addr)
	return 0
}

func (f *fleet) state(addr string) AddressInfo {
	for _, a := range f.srv.Upstreams()[0].Addresses {
		if a.Addr == addr {
			return a
		}
	}
	f.t.Fatalf("no address %s", addr)
	return AddressInfo{}
}

// setAside puts acme's policy with orders about addresses in force.
func (f *fleet) setAside(orders map[string]string) {
	w := acme()
	w.Upstreams = map[string]map[string]string{"mc": orders}
	f.give(f.t, w)
}

// TestConformanceC20ReturningBindsLearn has 1,000 ESMEs drop and return at once while the first address takes
// no connect: only the first time may cost anybody the connect time-out.
func TestConformanceC20ReturningBindsLearn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = crowd
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1", "b:1"}})
		f.takeDown("a:1", nil)
		counts, took := f.storm(many)
		if counts[smpp.ESME_ROK] != many || took != 2500*time.Millisecond {
			t.Errorf("the first time: %v in %v, want all in half of the connect time-out", counts, took)
		}
		f.dropAll()
		f.recount()
		counts, took = f.storm(many)
		if counts[smpp.ESME_ROK] != many || f.dials["a:1"] > 1 || took > 2500*time.Millisecond {
			t.Errorf("the second time: %v in %v with %d connects to the dead address", counts, took, f.dials["a:1"])
		}
		if slow := f.dials["a:1"]; took > 0 && slow == 0 {
			t.Errorf("nobody tried the dead address, and yet it took %v", took)
		}
	})
}

// TestConformanceC20OneConnectAtATime has the only address dead: 1,000 binds share the outcome of one connect,
// and all are answered within the connect time-out. The first one after its return gets through.
func TestConformanceC20OneConnectAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = crowd
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1"}})
		f.takeDown("a:1", nil)
		f.storm(1)
		f.dropAll()
		f.recount()
		counts, took := f.storm(many)
		if counts[smpp.ESME_RSYSERR] != many || took > 5*time.Second || f.utmost["a:1"] > 2 {
			t.Errorf("%v in %v, %d connects, %d at once", counts, took, f.dials["a:1"], f.utmost["a:1"])
		}
		f.bringBack("a:1")
		if _, st, took := f.bind(); st != smpp.ESME_ROK || took != 0 {
			t.Errorf("after its return: %s in %v", st, took)
		}
		if s := f.state("a:1"); s.State != AddressHealthy || s.Failures != 0 || s.LastError == "" {
			t.Errorf("status %+v", s)
		}
	})
}

// TestConformanceC20FailuresAreShared has the only address fail each connect after a second: binds that wait
// for a connect which fails have their answer, and connect no more.
func TestConformanceC20FailuresAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1"}})
		f.slowDown(time.Second)
		f.takeDown("a:1", errRefused)
		f.storm(1)
		f.dropAll()
		f.recount()
		counts, took := f.storm(crowd)
		if counts[smpp.ESME_RSYSERR] != crowd || took != time.Second || f.dials["a:1"] > 2 {
			t.Errorf("%v in %v, %d connects", counts, took, f.dials["a:1"])
		}
	})
}

// TestConformanceC20LaterBindLearns has a bind begin a second after another one: when the connect of the first
// has failed, the second gives its own up.
func TestConformanceC20LaterBindLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1", "b:1"}})
		f.takeDown("a:1", nil)
		first := f.esme()
		go first.Bind(t.Context(), smpp.IDBindTransceiver, "acme", "")
		time.Sleep(time.Second)
		if _, st, took := f.bind(); st != smpp.ESME_ROK || took != 1500*time.Millisecond {
			t.Errorf("%s in %v, want the rest of the first one's time", st, took)
		}
	})
}

// TestSilenceIsNotShared has one bind stay without an answer: that may be the fault of its own account, and
// another one's connect goes on; nor does it wait for the first when no other address is left.
func TestSilenceIsNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1", "b:1"}})
		var silent atomic.Bool
		f.mcs["a:1"].Close()
		f.mcs["a:1"] = smpptest.NewMC(smpptest.MCOptions{Behave: func(*smpptest.MCSession, smpp.Frame) smpptest.Action {
			if silent.Load() {
				return smpptest.Action{Fault: smpptest.Silence}
			}
			return smpptest.Action{}
		}})
		tarpit := func() {
			silent.Store(true)
			go f.esme().Bind(t.Context(), smpp.IDBindTransceiver, "acme", "")
			time.Sleep(2 * time.Second)
			silent.Store(false)
		}
		tarpit()
		f.slowDown(time.Second) // the first bind fails meanwhile
		if _, st, took := f.bind(); st != smpp.ESME_ROK || took != time.Second || f.sessions("a:1") != 1 {
			t.Errorf("%s in %v, sessions %+v", st, took, f.srv.Upstreams())
		}
		f.slowDown(0)
		f.setAside(map[string]string{"b:1": "drain"})
		p := f.srv.pools.get("mc")
		p.failed(p.at("a:1"), down(), backoff{time.Hour, time.Hour})
		tarpit()
		if _, st, took := f.bind(); st != smpp.ESME_ROK || took != 0 {
			t.Errorf("while another one waits for its answer: %s in %v", st, took)
		}
	})
}

// TestConformanceD28Failover ends the message centre of a session: the ESME's next bind is at the next address
// at once, and back at the first one when that has recovered.
func TestConformanceD28Failover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1", "b:1"}})
		e, st, _ := f.bind()
		if st != smpp.ESME_ROK || f.sessions("a:1") != 1 {
			t.Fatal(st, f.srv.Upstreams())
		}
		f.takeDown("a:1", errRefused)
		f.mcs["a:1"].Close()
		<-e.Done()
		if end := f.ended(t, 1); end != (End{Cause: MCClosed}) {
			t.Error(end)
		}
		if _, st, took := f.bind(); st != smpp.ESME_ROK || took != 0 || f.sessions("b:1") != 1 {
			t.Errorf("returned: %s in %v, %+v", st, took, f.srv.Upstreams())
		}
		if s := f.state("a:1"); s.State != AddressBackingOff || s.LastError != errRefused.Error() || s.Failures != 1 {
			t.Errorf("status %+v", s)
		}
		f.recount()
		if f.bind(); f.dials["a:1"] != 0 {
			t.Error("an address that has just failed is tried first")
		}
		f.mu.Lock()
		f.mcs["a:1"] = smpptest.NewMC(smpptest.MCOptions{Forget: true})
		f.mu.Unlock()
		f.bringBack("a:1")
		time.Sleep(2 * time.Second)
		if f.bind(); f.sessions("a:1") != 1 || f.sessions("b:1") != 2 {
			t.Errorf("recovered, the sessions are %+v", f.srv.Upstreams())
		}
	})
}

// TestSilentAddressStandsBehind: it is connected to and answers no bind.
func TestSilentAddressStandsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{ConnectPerAddress: time.Second}, Upstream{Addrs: []string{"a:1", "b:1"}})
		f.mcs["a:1"].Close()
		f.mcs["a:1"] = smpptest.NewMC(smpptest.MCOptions{Behave: silentOn(smpp.IDBindTransceiver)})
		if _, st, took := f.bind(); st != smpp.ESME_ROK || took != time.Second {
			t.Errorf("%s in %v, want what one address may take", st, took)
		}
		if _, st, took := f.bind(); st != smpp.ESME_ROK || took != 0 || f.dials["a:1"] != 1 {
			t.Errorf("then %s in %v, %d connects", st, took, f.dials["a:1"])
		}
		if s := f.state("a:1"); s.LastError != "connected, but no answer to the bind within 1s" {
			t.Errorf("status %+v", s)
		}
	})
}

// TestSetAside moves new binds, then sessions, to the next address, and lets them come back.
func TestSetAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1", "b:1"}})
		stays, _, _ := f.bind()
		f.setAside(map[string]string{"a:1": `drain reason="new software" by="ops"`, "c:1": "drain"})
		if f.bind(); f.sessions("a:1") != 1 || f.sessions("b:1") != 1 {
			t.Errorf("sessions %+v", f.srv.Upstreams())
		}
		if s := f.state("a:1"); s.State != AddressSetAside || s.Aside.By != "ops" {
			t.Errorf("status %+v", s)
		}
		if strays := f.srv.Upstreams()[0].Strays; len(strays) != 1 || strays[0] != "c:1" {
			t.Errorf("strays %v", strays)
		}
		f.setAside(map[string]string{"a:1": "drain until=2000-01-01T00:00:01Z"}) // the bubble's clock begins at midnight
		if f.bind(); f.sessions("a:1") != 1 {
			t.Error("an order whose end is to come has no effect")
		}
		time.Sleep(time.Second)
		if f.bind(); f.sessions("a:1") != 2 {
			t.Error("an order that is over still has an effect")
		}
		f.setAside(map[string]string{"a:1": "drain sessions=end"})
		f.srv.PolicyChanged()
		changed := time.Now()
		<-stays.Done()
		if took := time.Since(changed); took >= lookEvery {
			t.Errorf("the sessions ended in %v: at the next look", took)
		}
		f.ended(t, 2)
		for i := range 2 {
			if end := f.ended(t, i+1); end != (End{Cause: UpstreamDrained}) {
				t.Errorf("ended as %+v", end)
			}
		}
		if f.sessions("b:1") != 2 {
			t.Errorf("sessions of another address were ended: %+v", f.srv.Upstreams())
		}
	})
}

// TestConformanceC20AllSetAside: nothing is left to bind to, and the ESME hears so.
func TestConformanceC20AllSetAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1", "b:1"}})
		f.setAside(map[string]string{"a:1": "drain", "b:1": "drain"})
		if _, st, took := f.bind(); st != smpp.ESME_RSYSERR || took != 0 || f.dials["a:1"]+f.dials["b:1"] != 0 {
			t.Errorf("%s in %v, connects %v", st, took, f.dials)
		}
		f.setAside(nil)
		if _, st, _ := f.bind(); st != smpp.ESME_ROK {
			t.Errorf("resumed: %s", st)
		}
	})
}

// TestSessionsEndByTheClock: an order that ends sessions comes into force by its time alone.
func TestSessionsEndByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{Inactivity: -1}, Upstream{Addrs: []string{"a:1", "b:1"}})
		f.setAside(map[string]string{"a:1": "drain sessions=end after=2000-01-01T01:00:00Z"})
		e, _, _ := f.bind()
		time.Sleep(time.Hour - time.Millisecond)
		if f.sessions("a:1") != 1 {
			t.Fatal("the session ended before the time of the order")
		}
		<-e.Done()
		if f.ended(t, 1); time.Since(time.Date(2000, 1, 1, 1, 0, 0, 0, time.UTC)) > 2*time.Second {
			t.Error("the session ended late")
		}
	})
}

// TestWeightsReachTheMessageCentres binds 40 ESMEs to two weighted addresses and a spare one.
func TestWeightsReachTheMessageCentres(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{
			Addrs: []string{"spare:1", "a:1", "b:1"}, Weights: map[string]int{"a:1": 3, "b:1": 1},
		})
		for range 40 {
			f.bind()
		}
		if f.sessions("a:1") != 30 || f.sessions("b:1") != 10 || f.sessions("spare:1") != 0 {
			t.Errorf("%+v", f.srv.Upstreams())
		}
		f.takeDown("a:1", errRefused)
		f.takeDown("b:1", errRefused)
		if f.bind(); f.sessions("spare:1") != 1 {
			t.Errorf("with the weighted ones down: %+v", f.srv.Upstreams())
		}
	})
}

// flipping are two policies that follow each other whenever somebody looks.
type flipping struct {
	looks atomic.Int64
	two   [2]*rules.Policy
}

func (p *flipping) Policy() *rules.Policy { return p.two[p.looks.Add(1)%2] }

// TestOneBindOneOrder: while the one address is set aside in place of the other, no bind finds both of them so.
func TestOneBindOneOrder(t *testing.T) {
	t.Parallel()
	for first := range int64(2) { // whichever policy admission leaves to be looked at next
		synctest.Test(t, func(t *testing.T) {
			policies := &flipping{}
			policies.looks.Store(first)
			for i, addr := range []string{"a:1", "b:1"} {
				w, compiled := acme(), &orders{}
				w.Upstreams = map[string]map[string]string{"mc": {addr: "drain"}}
				compiled.give(t, w)
				policies.two[i] = compiled.Policy()
			}
			f := newFleet(t, Config{Policies: policies}, Upstream{Addrs: []string{"a:1", "b:1"}})
			if _, st, _ := f.bind(); st != smpp.ESME_ROK {
				t.Errorf("look %d first: %s", first, st)
			}
		})
	}
}

// TestBindsAndOrdersRace runs everything that touches a pool at once, for the race detector.
func TestBindsAndOrdersRace(t *testing.T) {
	t.Parallel()
	cfg := Config{BackoffMin: time.Millisecond, ConnectTimeout: time.Minute, SessionInit: time.Minute}
	f := newFleet(t, cfg, Upstream{Addrs: []string{"a:1", "b:1", "c:1"}, Weights: map[string]int{"a:1": 2, "b:1": 1}})
	f.takeDown("a:1", errRefused)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for orders := []map[string]string{{"b:1": "drain sessions=end"}, {"c:1": "drain"}, nil}; ; {
			for _, o := range orders {
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
					f.setAside(o)
					f.srv.Upstreams()
				}
			}
		}
	})
	for range 5 {
		counts, _ := f.storm(200)
		if counts[smpp.ESME_ROK] != 200 {
			t.Errorf("%v: two addresses were there at any time, at least one in use", counts)
		}
	}
	close(stop)
	wg.Wait()
}

// TestAsideForgetsNobody: a policy that is away is no order to end sessions, nor to resume.
func TestAsideForgetsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1"}})
		f.bind()
		f.policy.Store(nil)
		time.Sleep(time.Minute)
		if f.sessions("a:1") != 1 || f.state("a:1").State != AddressHealthy {
			t.Errorf("%+v", f.srv.Upstreams())
		}
		f.policy.Store(&rules.Policy{})
		time.Sleep(time.Minute)
		if f.sessions("a:1") != 1 {
			t.Errorf("%+v", f.srv.Upstreams())
		}
	})
}

// TestSetAsideDuringABind orders the sessions of an address to end while a bind is being answered there: the
// session must not slip through.
func TestSetAsideDuringABind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1", "b:1"}})
		f.mcs["a:1"].Close()
		f.mcs["a:1"] = smpptest.NewMC(smpptest.MCOptions{Accept: func(string, string) smpp.Status {
			f.setAside(map[string]string{"a:1": "drain sessions=end"})
			time.Sleep(2 * time.Second) // the order has been looked at before the session is bound
			return smpp.ESME_ROK
		}})
		e, st, _ := f.bind()
		if st != smpp.ESME_ROK {
			t.Fatal(st)
		}
		<-e.Done()
		if end := f.ended(t, 1); end != (End{Cause: UpstreamDrained}) {
			t.Errorf("ended as %+v", end)
		}
	})
}
