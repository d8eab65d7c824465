package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// balanced is two nodes behind one of the load balancers whose configuration is shipped.
type balanced struct {
	t     *testing.T
	front string // where ESMEs come
	nodes [2]balancedNode
}

type balancedNode struct {
	door, admin string
	process     *process
}

// startNodes starts Redis, a message centre and two nodes that trust 127.0.0.1 to tell who comes.
func startNodes(t *testing.T) *balanced {
	t.Helper()
	b := &balanced{t: t, front: loopback(freePort(t))}
	r := &rig{t: t, redis: startRedis(t), centre: startCentre(t)}
	r.redisCLI("HSET geo:account:acme home GB", "HSET geo:bind:acme account acme from 127.0.0.2/32,127.0.0.4/32",
		"HSET geo:account:other home GB")
	for i := range b.nodes {
		n := &b.nodes[i]
		n.door, n.admin = loopback(freePort(t)), loopback(freePort(t))
		config := filepath.Join(t.TempDir(), "geogate.yaml")
		text := "listen: ''\nlimits: {connections_per_address: 2}\n" +
			"listeners: {balanced: {address: '" + n.door + "', proxy_protocol: [127.0.0.1]}}\n"
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		n.process = start(t, program("geogate"), "serve", "--config", config, "--upstream", r.centre.addr,
			"--redis", r.redisURL(), "--admin", n.admin)
		n.process.endsWell()
		eventually(t, "the node to be ready", func() bool {
			resp, err := http.Get("http://" + n.admin + "/readyz")
			if err != nil {
				return false
			}
			resp.Body.Close()
			return resp.StatusCode == http.StatusOK
		})
	}
	return b
}

// localConfig is the shipped configuration with addresses of this machine, and more replaced.
func (b *balanced) localConfig(name string, more ...string) (path, text string) {
	b.t.Helper()
	shipped, err := os.ReadFile(filepath.Join(deployFolder, name))
	if err != nil {
		b.t.Fatal(err)
	}
	text = strings.NewReplacer(append([]string{
		"10.0.0.5:2775", b.front, "10.0.0.11:2775", b.nodes[0].door, "10.0.0.12:2775", b.nodes[1].door,
	}, more...)...).Replace(string(shipped))
	path = filepath.Join(b.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path, text
}

// connect connects from an address of the loopback; nil: the connection was closed.
func (b *balanced) connect(from string) *smpptest.ESME {
	b.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience}
	conn, err := dialer.DialContext(b.t.Context(), "tcp", b.front)
	if err != nil {
		b.t.Fatal(err)
	}
	e := smpptest.NewESME(conn)
	b.t.Cleanup(func() { e.Close() })
	e.AnswerAll()
	return e
}

func (b *balanced) bind(from, systemID string) (*smpptest.ESME, smpp.Status, error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	e := b.connect(from)
	st, err := e.Bind(ctx, smpp.IDBindTransceiver, systemID, "secret")
	return e, st, err
}

// judgesByClient sends traffic through, and has the list of addresses and the limit of connections an address
// go by the client's address. The sessions that remain are the first of their address.
func (b *balanced) judgesByClient() {
	b.t.Helper()
	e, st, err := b.bind("127.0.0.2", "acme")
	if st != smpp.ESME_ROK || err != nil {
		b.t.Fatalf("a bind from an address of the list: %s, %v", st, err)
	}
	for to, want := range map[string]smpp.Status{"447400123456": smpp.ESME_ROK, "252631234567": smpp.ESME_RINVDSTADR} {
		if st, _, err := e.SubmitTo(b.t.Context(), to, "hello"); st != want || err != nil {
			b.t.Errorf("%s: %s, %v", to, st, err)
		}
	}
	if _, st, err := b.bind("127.0.0.3", "acme"); st != smpp.ESME_RBINDFAIL || err != nil {
		b.t.Errorf("a bind from another address: %s, %v", st, err)
	}
	// Two nodes take two connections of an address each, and as many addresses as there are.
	taken := 0
	for range 8 {
		if _, st, err := b.bind("127.0.0.5", "other"); st == smpp.ESME_ROK && err == nil {
			taken++
		}
	}
	if taken < 2 || taken > 4 {
		b.t.Errorf("%d connections of one address were taken by two nodes that take two each", taken)
	}
	for i := range 8 {
		if _, st, err := b.bind(fmt.Sprintf("127.0.1.%d", i+1), "other"); st != smpp.ESME_ROK || err != nil {
			b.t.Errorf("a bind from the address of another ESME: %s, %v", st, err)
		}
	}
}

// outlivesNode ends a node in order, and from then on every bind must be taken by the other.
func (b *balanced) outlivesNode() {
	b.t.Helper()
	b.nodes[0].process.stop(syscall.SIGTERM)
	for i := range 6 {
		e, st, err := b.bind(fmt.Sprintf("127.0.2.%d", i+1), "other")
		if st != smpp.ESME_ROK || err != nil {
			b.t.Fatalf("bind %d without the first node: %s, %v", i, st, err)
		}
		if st, _, err := e.SubmitTo(b.t.Context(), "447400123456", "hello"); st != smpp.ESME_ROK || err != nil {
			b.t.Errorf("submit_sm: %s, %v", st, err)
		}
	}
}

// TestHAProxyExample checks deploy/haproxy.cfg with HAProxy itself and sends traffic through it.
func TestHAProxyExample(t *testing.T) {
	t.Parallel()
	haproxy := need(t, "haproxy", "apt-get install haproxy")
	if out, err := exec.Command(haproxy, "-c", "-f", filepath.Join(deployFolder, "haproxy.cfg")).CombinedOutput(); err != nil {
		t.Fatalf("haproxy -c: %v\n%s", err, out)
	}
	b := startNodes(t)
	config, text := b.localConfig("haproxy.cfg", "inter 2s", "inter 100ms", "maxconn 20000", "maxconn 500")
	// The health checks of two nodes on one machine cannot share a port.
	for _, n := range b.nodes {
		_, port, _ := net.SplitHostPort(n.admin)
		text = strings.Replace(text, n.door+"\n", n.door+" port "+port+"\n", 1)
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, haproxy, "-db", "-f", config)
	listens(t, b.front)
	b.judgesByClient()
	b.outlivesNode()
}

// TestNginxExample checks deploy/nginx.conf with nginx itself and sends traffic through it.
func TestNginxExample(t *testing.T) {
	t.Parallel()
	nginx := need(t, "nginx", "apt-get install nginx-light libnginx-mod-stream")
	b := startNodes(t)
	dir := t.TempDir()
	config, text := b.localConfig("nginx.conf", "/run/nginx.pid", filepath.Join(dir, "pid"), "/var/log/nginx/error.log", "stderr")
	const module = "/usr/lib/nginx/modules/ngx_stream_module.so"
	if _, err := os.Stat(module); err != nil || !strings.Contains(text, module) {
		missing(t, "nginx has no stream module: apt-get install libnginx-mod-stream")
	}
	if out, err := exec.Command(nginx, "-t", "-p", dir, "-e", "stderr", "-c", config).CombinedOutput(); err != nil {
		t.Fatalf("nginx -t: %v\n%s", err, out)
	}
	start(t, nginx, "-p", dir, "-e", "stderr", "-c", config, "-g", "daemon off;")
	listens(t, b.front)
	b.judgesByClient()
	b.outlivesNode()
}
