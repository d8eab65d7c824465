package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certificate is one for loopback, which is believed by itself, made for one run.
type certificate struct {
	file, key string // PEM
	both      string // PEM of the two in one file, as HAProxy wants them
}

func newCertificate(dir string) (certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(7 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return certificate{}, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return certificate{}, err
	}
	c := certificate{filepath.Join(dir, "tls.pem"), filepath.Join(dir, "tls.key"), filepath.Join(dir, "both.pem")}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	return c, errors.Join(os.WriteFile(c.file, public, 0o600), os.WriteFile(c.key, private, 0o600),
		os.WriteFile(c.both, append(public, private...), 0o600))
}

// The one version and cipher that are compared: Go and OpenSSL would pick different ones by themselves, Go AES-128
// and OpenSSL AES-256, which costs more.
const (
	tlsVersion = tls.VersionTLS13
	tlsCipher  = tls.TLS_AES_128_GCM_SHA256
)

// checkTLS makes sure that a subject speaks what the others do.
func (c certificate) checkTLS(addr string) error {
	conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true}) // esmeload will verify it
	if err != nil {
		return err
	}
	defer conn.Close()
	if got := conn.ConnectionState(); got.Version != tlsVersion || got.CipherSuite != tlsCipher {
		return fmt.Errorf("it speaks %s with %s; compared are %s with %s", tls.VersionName(got.Version),
			tls.CipherSuiteName(got.CipherSuite), tls.VersionName(tlsVersion), tls.CipherSuiteName(tlsCipher))
	}
	return nil
}
