package main

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"
	"testing"

	"geogate/smpp/smpptest"
)

// TestSendTLS sends over TLS to a server that demands a client certificate.
func TestSendTLS(t *testing.T) {
	t.Parallel()
	certFile, keyFile := certify(t, t.TempDir(), 1)
	own, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	text, err := os.ReadFile(certFile)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatal(err)
	}
	mc, err := smpptest.StartMC(smpptest.MCOptions{TLS: &tls.Config{
		Certificates: []tls.Certificate{own}, ClientCAs: roots, ClientAuth: tls.RequireAndVerifyClientCert,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer mc.Close()
	d := newDesk(t)
	client := []string{"--tls", "--cert", certFile, "--key", keyFile}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{append(client, "--ca", certFile), exitOK, "Accepted"},
		{append(client, "--insecure"), exitOK, "Accepted"},
		{client, exitError, "certificate"}, // of an authority that nobody knows
		{append(client, "--ca", certFile, "--server-name", "mc.example"), exitError, "certificate"},
		{[]string{"--tls", "--ca", certFile}, exitError, "cannot bind"}, // no client certificate
		{[]string{"--ca", certFile}, exitError, "need --tls"},
		{[]string{"--tls", "--cert", certFile}, exitError, "need one another"},
		{[]string{"--tls", "--ca", keyFile}, exitError, "holds no certificate"},
		{[]string{"--tls", "--ca", "/none"}, exitError, "/none"},
		{[]string{"--tls", "--cert", certFile, "--key", certFile}, exitError, "--key " + certFile},
	} {
		args := append([]string{"send", "--addr", mc.Addr(), "--system-id", "acme", "--to", "447400123456"}, c.args...)
		r := d.run("", args...)
		if r.code != c.code || !strings.Contains(r.out+r.err, c.says) {
			t.Errorf("%v: exit %d: %s%s", c.args, r.code, r.out, r.err)
		}
	}
}
