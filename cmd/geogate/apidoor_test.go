package main

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"geogate/config"
)

// serveAPIOn has the API served on the loopback, over TLS with a certificate of its own if secure.
func serveAPIOn(t *testing.T, c *config.Config, secure bool) {
	c.API.Listen = "127.0.0.1:0"
	if secure {
		certFile, keyFile := certify(t, t.TempDir(), 1)
		c.API.TLS = config.ListenerTLS{Certificate: certFile, Key: keyFile}
	}
}

// TestAPIDoor serves the API over TLS, and exchanges its certificate under way.
func TestAPIDoor(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	redis.HSet("geo:account:acme", "home", "GB")
	d := &desk{t: t, redis: redis, addr: redis.Addr()}
	token := strings.TrimSpace(d.must("token", "create", "alice", "--role", "viewer", "--quiet"))
	dir := t.TempDir()
	certFile, keyFile := certify(t, dir, 1)
	n := startNode(t, redis, func(c *config.Config) {
		c.API.Listen, c.API.TLS = "127.0.0.1:0", config.ListenerTLS{Certificate: certFile, Key: keyFile}
	})
	until(t, "the policy", func() bool { return n.store.Policy() != nil })
	get := func(path string, serial int64) *http.Response {
		t.Helper()
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
		defer transport.CloseIdleConnections()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+n.api.listener.Addr().String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := (&http.Client{Transport: transport}).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if got := response.TLS.PeerCertificates[0].SerialNumber.Int64(); got != serial {
			t.Errorf("certificate %d, want %d", got, serial)
		}
		return response
	}
	if r := get("/v1/status", 1); r.StatusCode != http.StatusOK {
		t.Errorf("status: %s", r.Status)
	}
	certify(t, dir, 2)
	if r := get("/v1/sessions", 2); r.StatusCode != http.StatusOK {
		t.Errorf("sessions: %s", r.Status)
	}
	if _, metrics := n.get(t, "/metrics"); !strings.Contains(metrics, `geogate_certificate_expiry_seconds{listener="api"} 35`) {
		t.Error("the certificate's expiry is not among the metrics")
	}
	if status, _ := n.get(t, "/v1/status"); status != http.StatusNotFound {
		t.Errorf("the admin address, which asks for no token, serves the API: %d", status)
	}
}
