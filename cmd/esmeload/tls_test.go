package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"geogate/smpp/smpptest"
)

// TestTLS loads a server over TLS, and one whose certificate is not believed not at all.
func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil) // for its certificate
	server.StartTLS()
	opts := smpptest.MCOptions{TLS: &tls.Config{Certificates: server.TLS.Certificates}}
	server.Close()
	if r := loadMC(t, opts, "--tls", "--insecure", "--binds", "2", "--count", "100"); !r.OK || r.Sent != 100 {
		t.Errorf("report %+v", r)
	}
	var stderr bytes.Buffer
	args := []string{"--addr", startMC(t, opts).Addr(), "--tls"}
	if code := run(testContext(t), args, io.Discard, &stderr); code != exitError || !strings.Contains(stderr.String(), "certificate") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
	if f, _ := parse([]string{"--insecure"}, io.Discard, &stderr); f != nil || !strings.Contains(stderr.String(), "need --tls") {
		t.Errorf("--insecure without --tls: %s", stderr.String())
	}
}
