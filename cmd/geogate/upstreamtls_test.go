package main

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"geogate/config"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestNodeWithUpstreamTLS binds through a node to a message centre with TLS: in vain while the roots are another
// authority's, which status and metrics tell, and well once the file has been replaced, without a restart.
func TestNodeWithUpstreamTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil) // for its certificate, which is made out to example.com
	server.StartTLS()
	right := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	mc, err := smpptest.StartMC(smpptest.MCOptions{TLS: &tls.Config{Certificates: server.TLS.Certificates}})
	server.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer mc.Close()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	write := func(text []byte) {
		if err := os.WriteFile(roots+".next", text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(roots+".next", roots); err != nil {
			t.Fatal(err)
		}
	}
	wrong, err := os.ReadFile("testdata/other-root.pem")
	if err != nil {
		t.Fatal(err)
	}
	write(wrong)
	redis := miniredis.RunT(t)
	redis.HSet("geo:account:acme", "home", "GB")
	n := startNode(t, redis, func(c *config.Config) {
		c.Upstream = config.Upstream{
			Addresses: []config.Address{{Addr: mc.Addr()}},
			TLS:       config.UpstreamTLS{On: true, Roots: roots, ServerName: "example.com"},
		}
	})
	bind := func(want smpp.Status) {
		t.Helper()
		e, err := smpptest.Dial(t.Context(), n.addr())
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if st, err := e.Bind(t.Context(), smpp.IDBindTransceiver, "acme", ""); st != want || err != nil {
			t.Errorf("bind: %s, %v, want %s", st, err, want)
		}
	}
	until(t, "the policy", func() bool { return n.store.Policy().Account("acme") != nil })
	bind(smpp.ESME_RSYSERR)
	a := n.status().Upstreams[0].Addresses[0]
	if a.State != "backing_off" || !strings.Contains(a.LastError, "tls.roots") {
		t.Errorf("the node tells %+v", a)
	}
	_, metrics := n.get(t, "/metrics")
	want(t, metrics, `geogate_events_total{event="upstream_tls_failed"} 1`,
		`geogate_upstream_state{address="`+mc.Addr()+`",state="backing_off",upstream="default"} 1`)
	write(right)
	bind(smpp.ESME_ROK)
}
