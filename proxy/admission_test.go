package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"geogate/rules"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// bindPDU is a bind_transceiver.
func bindPDU(seq uint32, systemID, password string) smpp.Frame {
	req := smpp.BindRequest{SystemID: []byte(systemID), Password: smpp.Secret(password)}
	return req.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: seq})
}

// TestConformanceC22BindsInOneSegment sends failing binds without a pause: session_init ends them although nothing
// has to be read for them, and no answer is held back for longer than that.
func TestConformanceC22BindsInOneSegment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{SessionInit: 2500 * time.Millisecond}, Upstream{Addrs: []string{"a:1"}})
		cfg := f.srv.settings.Load().Config
		cfg.FailedBindDelay = time.Second // 0, 0, 1, 2, 4, ... s
		f.srv.Reconfigure(cfg)
		e, began := f.esme(), time.Now()
		var stream []byte
		for seq := range uint32(9) {
			stream = append(stream, bindPDU(seq+1, "nobody", "")...)
		}
		go e.Send(stream)
		if got := wantClosed(t, e); len(got) != 4 {
			t.Errorf("%d answers:\n%s", len(got), traces(got))
		}
		if took := time.Since(began); took < 2500*time.Millisecond || took > 3*time.Second {
			t.Errorf("it took %v", took)
		}
		if end := f.ended(t, 1); end.Cause != InitTimeout {
			t.Error(end)
		}
	})
}

// TestConformanceC18TooManyFailedBinds ends a connection that only fails: each bind may cost a connect elsewhere.
func TestConformanceC18TooManyFailedBinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1"}})
		e := f.esme()
		var stream []byte
		for seq := range uint32(2 * maxFailedBinds) {
			stream = append(stream, bindPDU(seq+1, "nobody", "")...)
		}
		go e.Send(stream)
		if got := wantClosed(t, e); len(got) != maxFailedBinds {
			t.Errorf("%d answers", len(got))
		}
		if end := f.ended(t, 1); end.Cause != BindsFailed {
			t.Error(end)
		}
	})
}

// TestConformanceC18StrangersTakeNoPlace has binds wait for the message centre's word on their passwords while the
// customer binds: they take none of its places.
func TestConformanceC18StrangersTakeNoPlace(t *testing.T) {
	t.Parallel()
	answer := make(chan struct{})
	release := sync.OnceFunc(func() { close(answer) })
	defer release()
	opts := smpptest.MCOptions{Behave: func(s *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID().IsBind() && bytes.Contains(f, []byte("guess")) {
			<-answer
			return smpptest.Action{Status: smpp.ESME_RINVPASWD}
		}
		return smpptest.Action{}
	}}
	r := newRig(t, opts, func(c *Config) {
		c.Policies.(*orders).give(t, with(map[string]string{"max_binds": "1"}))
	})
	strangers := make([]*smpptest.ESME, 3)
	for i := range strangers {
		strangers[i] = r.dial()
		send(t, strangers[i], bindPDU(1, "acme", "guess"))
	}
	underWay := func(s smpptest.Stats, _ int) bool { return s.Sessions == len(strangers) }
	if err := r.mc.WaitUntil(testContext(t), underWay); err != nil {
		t.Fatal(err)
	}
	customer := r.dial()
	wantBind(t, customer, "acme", "right", smpp.ESME_ROK)
	wantBind(t, r.dial(), "acme", "right", smpp.ESME_RBINDFAIL)
	release()
	for _, e := range strangers {
		checkHeader(t, recv(t, e), smpp.IDBindTransceiverResp, smpp.ESME_RINVPASWD, 1)
	}
	linkUp(t, customer)
}

// TestLastPlaceGoesToOne has two binds accepted by the message centre for one place: the second is unbound again.
func TestLastPlaceGoesToOne(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int32
	both := make(chan struct{})
	opts := smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		if f.ID().IsBind() {
			if arrived.Add(1) == 2 {
				close(both)
			}
			select {
			case <-both:
			case <-time.After(patience):
			}
		}
		return smpptest.Action{}
	}}
	r := newRig(t, opts, func(c *Config) { c.MaxBindsPerAccount = 1 })
	got := make(chan smpp.Status)
	for range 2 {
		e := r.dial()
		go func() {
			st, _ := e.Bind(testContext(t), smpp.IDBindTransceiver, "acme", "")
			got <- st
		}()
	}
	if a, b := <-got, <-got; a+b != smpp.ESME_RBINDFAIL {
		t.Error(a, b)
	}
	one := func(_ smpptest.Stats, live int) bool { return live == 1 }
	if err := r.mc.WaitUntil(testContext(t), one); err != nil {
		t.Error(err)
	}
}

// TestConformanceF43UpstreamIsNotBlamed has connects fail for want of a descriptor of our own: the address stays a
// healthy one.
func TestConformanceF43UpstreamIsNotBlamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{}, Upstream{Addrs: []string{"a:1", "b:1"}})
		none := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
		f.takeDown("a:1", none)
		f.takeDown("b:1", none)
		for range 3 {
			if _, st, _ := f.bind(); st != smpp.ESME_RSYSERR {
				t.Error(st)
			}
		}
		if a := f.state("a:1"); a.State != AddressHealthy {
			t.Errorf("%+v", a)
		}
		f.bringBack("a:1")
		if _, st, took := f.bind(); st != smpp.ESME_ROK || took != 0 || f.sessions("a:1") != 1 {
			t.Error(st, took)
		}
	})
}

// moody is an Observer that panics now and then. Sessions call it side by side, so it has chances of its own.
type moody struct {
	NopObserver
	mu     sync.Mutex
	random *rand.Rand
}

func (m *moody) Bound(*Session, smpp.Status) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.random.IntN(6) == 0 {
		panic(errors.New("moody"))
	}
}

// TestPlacesAreGivenBackOnce plays random sessions: refused for every reason, bound, dropped at any time, drained,
// set aside, or ended by a panic. When all are gone, every place is free and none was given back twice.
func TestPlacesAreGivenBackOnce(t *testing.T) {
	hashes := testHashes(t)
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { playPlaces(t, seed, hashes[0]) })
		})
	}
}

func playPlaces(t *testing.T, seed uint64, hash string) {
	random := rand.New(rand.NewPCG(seed, 1))
	f := newFleet(t, Config{ConnectTimeout: time.Second}, Upstream{Addrs: []string{"a:1", "b:1"}})
	cfg := f.srv.settings.Load().Config
	cfg.Observer = &moody{random: rand.New(rand.NewPCG(seed, 2))}
	cfg.MaxBinds, cfg.MaxBindsPerAccount = 12, 8
	if err := f.srv.Reconfigure(cfg); err != nil {
		t.Fatal(err)
	}
	f.give(t, rules.Written{
		Accounts: map[string]map[string]string{"acme": {"home": "GB"}, "open": {"home": "GB"}},
		Binds:    map[string]map[string]string{"acme": {"max_binds": "4", "password": hash}},
	})
	names := []string{"acme", "open", "nobody"}
	for range 60 {
		e := f.esme()
		go e.Bind(t.Context(), smpp.IDBindTransceiver, names[random.IntN(3)], []string{"secret", "guess"}[random.IntN(2)])
		switch random.IntN(8) {
		case 0:
			f.takeDown("a:1", []error{nil, errRefused}[random.IntN(2)])
		case 1:
			f.bringBack("a:1")
		case 2:
			time.Sleep(time.Duration(random.IntN(2000)) * time.Millisecond)
		case 3:
			f.esmes[random.IntN(len(f.esmes))].Close()
		case 4:
			f.srv.clear(f.srv.settings.Load(), place{"mc", "b:1"})
		case 5:
			go f.esmes[random.IntN(len(f.esmes))].Unbind(t.Context())
		}
		a := f.srv.admission
		a.mu.Lock()
		if a.bound > 12 || a.systems["acme"] > 4 || a.accounts["open"] > 8 {
			t.Errorf("over a limit: %d, %v, %v", a.bound, a.systems, a.accounts)
		}
		a.mu.Unlock()
	}
	f.dropAll()
	a := f.srv.admission
	if a.bound != 0 || len(a.systems) != 0 || len(a.accounts) != 0 || a.sources.unbound != 0 {
		t.Errorf("left: %d bound, %v, %v, %d waiting", a.bound, a.systems, a.accounts, a.sources.unbound)
	}
	for addr, src := range a.sources.list {
		if src.conns != 0 || src.unbound != 0 || src.users != 0 {
			t.Errorf("%v: %+v", addr, src)
		}
	}
}
