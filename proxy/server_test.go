package proxy

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestConfigFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(Config{
		Upstreams:       map[string]Upstream{"empty": {}, "bad": {Addrs: []string{"nowhere"}}},
		DefaultUpstream: "missing", MaxPDU: 100, DrainTimeout: -1, RelayCommands: []smpp.CommandID{smpp.IDSubmitSM},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{
		"policies", `"missing"`, `"empty" has no address`, "host:port", "100 octets", "drain", "submit_sm",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %s", part, err)
		}
	}
}

func TestMaxConns(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.MaxConns = 1 })
	first, second := r.trx(), r.dial()
	if frames := wantClosed(t, second); len(frames) != 0 {
		t.Fatalf("got\n%s", traces(frames))
	}
	if end := r.ended(t, 1); end.Cause != TooManyConns {
		t.Fatal(end)
	}
	linkUp(t, first)
}

// poorListener is short of descriptors for a while.
type poorListener struct {
	net.Listener
	failures atomic.Int32
}

func (l *poorListener) Accept() (net.Conn, error) {
	if l.failures.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return nil, net.ErrClosed
}

func (l *poorListener) Close() error { return nil }

func TestConformanceF43OutOfDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.ErrorLevel)
		srv, err := New(Config{
			Upstreams: map[string]Upstream{"mc": {Addrs: []string{"127.0.0.1:1"}}}, DefaultUpstream: "mc",
			Policies: &orders{}, Logger: zap.New(core),
		})
		if err != nil {
			t.Fatal(err)
		}
		l := &poorListener{}
		l.failures.Store(20)
		start := time.Now()
		if err := srv.Serve(l); !errors.Is(err, net.ErrClosed) {
			t.Fatal(err)
		}
		took := time.Since(start)
		if took < 10*time.Second || logs.Len() > int(took/time.Second)+1 || logs.Len() < 5 {
			t.Fatalf("%d log lines in %s", logs.Len(), took)
		}
		srv.Close()
	})
}

func TestServeAfterClose(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	r.srv.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.srv.Serve(l); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(); err == nil {
		t.Fatal("still listening")
	}
}

func TestUpstreamOverTLS(t *testing.T) {
	t.Parallel()
	cert, roots := selfSigned(t)
	r := newRig(t, smpptest.MCOptions{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}, func(c *Config) {
		up := c.Upstreams["mc"]
		up.TLS = &tls.Config{RootCAs: roots}
		c.Upstreams["mc"] = up
	})
	e := r.trx()
	linkUp(t, e)
	if st, err := e.Unbind(testContext(t)); st != smpp.ESME_ROK || err != nil {
		t.Fatal(st, err)
	}
	stranger := newRig(t, smpptest.MCOptions{}, func(c *Config) {
		c.Upstreams = map[string]Upstream{"mc": {Addrs: []string{r.mc.Addr()}, TLS: &tls.Config{}}}
	})
	wantBind(t, stranger.dial(), "acme", "", smpp.ESME_RSYSERR)
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func TestFailedBindsAreSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, delay := newSources(), 100*time.Millisecond
		here, there := SourceOf(addrPort("192.0.2.1:1")), SourceOf(addrPort("192.0.2.2:1"))
		for i, want := range []time.Duration{0, 0, 100, 200, 400, 800, 1600, 1600} {
			if got := s.failed(here, "acme", delay); got != want*time.Millisecond {
				t.Fatalf("failure %d: %s", i+1, got)
			}
		}
		if got := s.failed(there, "acme", delay); got != 0 {
			t.Fatal("another address pays:", got)
		}
		for i, want := range []time.Duration{0, 0, 0, 0, 0, 0, 0, 0, 100, 200, 400, 800, 1600, 1600} {
			if got := s.failed(here, fmt.Sprint("guess ", i), delay); got != want*time.Millisecond {
				t.Fatalf("failure %d, of another system_id: %s", i+9, got)
			}
		}
		time.Sleep(forgetFailure + time.Second)
		if got := s.failed(here, "acme", delay); got != 0 {
			t.Fatal("not forgotten:", got)
		}
	})
}

func TestSourcesAreBounded(t *testing.T) {
	t.Parallel()
	s := newSources()
	for i := range maxSources + 1000 {
		s.failed(SourceOf(addrPort(net.JoinHostPort(net.IPv4(10, byte(i>>16), byte(i>>8), byte(i)).String(), "1"))), "acme", time.Second)
	}
	if len(s.list) > maxSources {
		t.Fatal(len(s.list))
	}
	if SourceOf(addrPort("[2001:db8::1]:1")) != SourceOf(addrPort("[2001:db8::2:3]:9")) {
		t.Fatal("one network, two sources")
	}
}

// TestOneAddressOnePassword keeps an address to one password at a time, however many it sends; others go on.
func TestOneAddressOnePassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources()
		here, there := SourceOf(addrPort("192.0.2.1:1")), SourceOf(addrPort("192.0.2.2:1"))
		hold, held := make(chan struct{}), make(chan struct{})
		go s.alone(t.Context(), here, "acme", func() { close(held); <-hold })
		<-held
		served := false
		if err := s.alone(t.Context(), there, "acme", func() { served = true }); err != nil || !served {
			t.Fatal("another address waits:", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := s.alone(ctx, here, "acme", func() { t.Error("two at a time") })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		close(hold)
	})
}

func addrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// TestReconfigure changes settings under a session: it keeps its own, the next one has the new ones, and a
// configuration with a fault changes nothing.
func TestReconfigure(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	next := r.srv.settings.Load().Config
	next.StatusText = true
	before := r.trx()
	if err := r.srv.Reconfigure(next); err != nil {
		t.Fatal(err)
	}
	next.MaxPDU = 1
	if r.srv.Reconfigure(next) == nil {
		t.Fatal("a limit of one octet is taken")
	}
	after := r.trx()
	withText := func(e *smpptest.ESME) bool {
		f := want(t, e, submit(7, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
		return len(f) > 17
	}
	if withText(before) || !withText(after) {
		t.Fatal("each session has the other's settings")
	}
}
