package proxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestSetAsideSessionsOverTCP ends sessions over sockets, which event loops may relay; the next bind is elsewhere.
func TestSetAsideSessionsOverTCP(t *testing.T) {
	t.Parallel()
	second, err := smpptest.StartMC(smpptest.MCOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	var first string
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) {
		first = c.Upstreams["mc"].Addrs[0]
		c.Upstreams = map[string]Upstream{"mc": {Addrs: []string{first, second.Addr()}}}
	})
	e := r.trx()
	e.AnswerAll()
	w := acme()
	w.Upstreams = map[string]map[string]string{"mc": {first: "drain sessions=end"}}
	r.give(t, w)
	r.srv.PolicyChanged()
	if end := r.ended(t, 1); end != (End{Cause: UpstreamDrained}) {
		t.Error(end)
	}
	r.trx()
	if err := second.WaitUntil(testContext(t), func(_ smpptest.Stats, live int) bool { return live == 1 }); err != nil {
		t.Error(err)
	}
}

// authority makes certificates for 127.0.0.1.
type authority struct {
	t     testing.TB
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	roots *x509.CertPool
}

func newAuthority(t testing.TB) *authority {
	a := &authority{t: t, roots: x509.NewCertPool()}
	a.cert, a.key = a.issue(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.roots.AddCert(a.cert)
	return a
}

// issue signs a certificate; the first one signs itself.
func (a *authority) issue(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(1)
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(time.Hour)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) pair(template *x509.Certificate) tls.Certificate {
	cert, key := a.issue(template)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func forLoopback() *x509.Certificate {
	return &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"mc.example"}}
}

// TestConformanceC20UpstreamTLS has message centres with which TLS cannot be: the log names the cure, the failure
// is counted, and the next address takes the bind.
func TestConformanceC20UpstreamTLS(t *testing.T) {
	t.Parallel()
	ours, other := newAuthority(t), newAuthority(t)
	expired := forLoopback()
	expired.NotAfter = time.Now().Add(-time.Hour)
	for name, test := range map[string]struct {
		server *tls.Config // nil: plain TCP
		client *tls.Config
		cure   string
	}{
		"unknown root": {&tls.Config{Certificates: []tls.Certificate{other.pair(forLoopback())}}, &tls.Config{}, "tls.roots"},
		"wrong name": {&tls.Config{Certificates: []tls.Certificate{ours.pair(forLoopback())}},
			&tls.Config{ServerName: "other.example"}, "tls.server_name"},
		"expired": {&tls.Config{Certificates: []tls.Certificate{ours.pair(expired)}}, &tls.Config{}, "new certificate"},
		"no TLS":  {nil, &tls.Config{}, "speaks no TLS"},
		"too old": {&tls.Config{Certificates: []tls.Certificate{ours.pair(forLoopback())}, MaxVersion: tls.VersionTLS11},
			&tls.Config{MinVersion: tls.VersionTLS12}, "refuses our side"},
		"no client certificate": {&tls.Config{Certificates: []tls.Certificate{ours.pair(forLoopback())},
			ClientAuth: tls.RequireAnyClientCert}, &tls.Config{}, "tls.certificate and tls.key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad, err := smpptest.StartMC(smpptest.MCOptions{TLS: test.server})
			if err != nil {
				t.Fatal(err)
			}
			defer bad.Close()
			good, err := smpptest.StartMC(smpptest.MCOptions{TLS: &tls.Config{
				Certificates: []tls.Certificate{ours.pair(&x509.Certificate{
					DNSNames: []string{"other.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
				})},
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer good.Close()
			core, logs := observer.New(zap.WarnLevel)
			r := newRig(t, smpptest.MCOptions{}, func(c *Config) {
				test.client.RootCAs = ours.roots
				c.Upstreams = map[string]Upstream{"mc": {Addrs: []string{bad.Addr(), good.Addr()}, TLS: test.client}}
				c.Logger, c.ConnectTimeout = zap.New(core), 10*time.Second
			})
			wantBind(t, r.dial(), "acme", "", smpp.ESME_ROK)
			if r.seen(UpstreamTLSFailed) != 1 || r.seen(UpstreamFailed) != 1 {
				t.Errorf("counted: %d, %d of TLS", r.seen(UpstreamFailed), r.seen(UpstreamTLSFailed))
			}
			if !slices.ContainsFunc(logs.All(), func(e observer.LoggedEntry) bool {
				text, _ := e.ContextMap()["error"].(string)
				return strings.Contains(text, test.cure)
			}) {
				t.Errorf("no log line names the cure %q: %v", test.cure, logs.All())
			}
			if a := r.srv.Upstreams()[0].Addresses; a[0].State != AddressBackingOff || a[1].Sessions != 1 {
				t.Errorf("%+v", a)
			}
		})
	}
}

// TestUpstreamTLSIsReadAnew: each connection asks for its settings, and files that are wrong are a failure of
// that connection alone.
func TestUpstreamTLSIsReadAnew(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t)
	mc, err := smpptest.StartMC(smpptest.MCOptions{
		TLS: &tls.Config{Certificates: []tls.Certificate{ours.pair(forLoopback())}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer mc.Close()
	answers := make(chan error, 1)
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) {
		c.Upstreams = map[string]Upstream{"mc": {Addrs: []string{mc.Addr()}, NewTLS: func() (*tls.Config, error) {
			return &tls.Config{RootCAs: ours.roots, ServerName: "mc.example"}, <-answers
		}}}
	})
	answers <- errors.New("no such file")
	wantBind(t, r.dial(), "acme", "", smpp.ESME_RSYSERR)
	answers <- nil
	wantBind(t, r.dial(), "acme", "", smpp.ESME_ROK)
}
