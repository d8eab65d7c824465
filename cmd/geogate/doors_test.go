package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"geogate/config"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// certify writes a certificate for 127.0.0.1 with a serial number, and its key, over what is there.
func certify(t *testing.T, dir string, serial int64) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file+".new", pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// TestListenErrors names the setting and the cure.
func TestListenErrors(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for addr, want := range map[string]string{
		taken.Addr().String(): "admin: listen tcp " + taken.Addr().String() + ": bind: address already in use: end the process",
		"192.0.2.1:2775":      "give one that this machine has",
	} {
		if _, _, err := new(app).listen("admin", addr, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", addr, err, want)
		}
	}
}

// TestConformanceF42NewCertificate replaces the certificate of a running node's listener, which is behind a load
// balancer as well: new handshakes have the new one, and the session of the old one goes on.
func TestConformanceF42NewCertificate(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	redis.HSet("geo:account:acme", "home", "GB")
	dir := t.TempDir()
	certFile, keyFile := certify(t, dir, 1)
	n := startNode(t, redis, func(c *config.Config) {
		c.Listeners["secure"] = &config.Listener{
			Address: "127.0.0.1:0", TLS: config.ListenerTLS{Certificate: certFile, Key: keyFile},
			ProxyProtocol: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		}
	})
	until(t, "the policy", func() bool { return n.store.Policy() != nil })
	bind := func(serial int64) *smpptest.ESME {
		t.Helper()
		conn, err := net.Dial("tcp", n.doors[1].listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, "PROXY TCP4 198.51.100.7 192.0.2.1 4000 3550\r\n")
		secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		esme := smpptest.NewESME(secure)
		t.Cleanup(func() { esme.Close() })
		if st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "acme", ""); st != smpp.ESME_ROK || err != nil {
			t.Fatal(st, err)
		}
		if got := secure.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); got != serial {
			t.Errorf("certificate %d, want %d", got, serial)
		}
		return esme
	}
	first := bind(1)
	certify(t, dir, 2)
	bind(2)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if st, _, err := first.SubmitTo(ctx, "447400123456", "still there"); st != smpp.ESME_ROK || err != nil {
		t.Error(st, err)
	}
	if _, metrics := n.get(t, "/metrics"); !strings.Contains(metrics, `geogate_certificate_expiry_seconds{listener="listeners.secure"} 35`) {
		t.Error("the certificate's expiry is not among the metrics")
	}
	if n.logs.FilterMessage("a certificate expires: put a new one in its place, no restart is needed").Len() != 1 {
		t.Error("no warning of a certificate that is good for an hour")
	}
}
