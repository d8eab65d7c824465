package e2e

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"geogate/config/store/storetest"
	"geogate/smpp"
)

// chaosCentre is a smscsim that is killed, stopped and started again, behind a relay. It writes what it takes
// into a pipe before it answers it: whatever becomes of the process, the harness knows what it took.
type chaosCentre struct {
	chaos *chaos
	name  string
	addr  string
	relay *storetest.Relay
	proc  *process
	read  sync.WaitGroup // ends with the pipe's last line
	lives int
}

func (c *chaos) newCentre(name string) *chaosCentre {
	m := &chaosCentre{chaos: c, name: name, addr: loopback(freePort(c.t))}
	m.relay = storetest.StartRelay(c.t, m.addr)
	c.t.Cleanup(m.read.Wait)
	m.start()
	return m
}

func (m *chaosCentre) start() {
	t := m.chaos.t
	t.Helper()
	m.lives++
	pipe := filepath.Join(m.chaos.dir, fmt.Sprintf("%s-%d", m.name, m.lives))
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	both, err := os.OpenFile(pipe, os.O_RDWR, 0) // so that nobody waits for the other side
	if err != nil {
		t.Fatal(err)
	}
	m.proc = start(t, program("smscsim"), "--listen", m.addr, "--record", pipe, "--delay", "1ms-10ms",
		"--error", "0.01:ESME_RMSGQFUL", "--receipts", "asked", "--seed", strconv.Itoa(m.lives))
	listens(t, m.addr)
	lines, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	both.Close() // from here on the pipe ends when smscsim does
	os.Remove(pipe)
	m.read.Go(func() { m.follow(lines) })
}

// stop ends the process and returns when all that it took is in the books.
func (m *chaosCentre) stop(sig os.Signal) {
	m.proc.stop(sig)
	m.read.Wait()
}

// follow enters what the message centre takes. The last line of one that was killed may be torn: what it says
// was not answered.
func (m *chaosCentre) follow(pipe *os.File) {
	defer pipe.Close()
	numbers := map[int]int{} // messages, by session
	for lines := bufio.NewReaderSize(pipe, 1<<20); ; {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var line struct {
			Session int    `json:"session"`
			Command string `json:"command"`
			Hex     string `json:"hex"`
		}
		if err := json.Unmarshal(text, &line); err != nil {
			m.chaos.violate("%s wrote %q: %v", m.name, text, err)
			continue
		}
		if line.Command != smpp.IDSubmitSM.String() {
			continue
		}
		numbers[line.Session]++
		frame, err := hex.DecodeString(line.Hex)
		if err != nil {
			m.chaos.violate("%s wrote %q: %v", m.name, text, err)
			continue
		}
		m.chaos.arrived(frame, mcMessage{line.Session, numbers[line.Session]})
	}
}

// arrived finds the book that a message belongs to.
func (c *chaos) arrived(f smpp.Frame, by mcMessage) {
	var sm smpp.SubmitSM
	var session uint32
	var i int
	if err := sm.Decode(f); err != nil {
		c.violate("a message centre received %x: %v", []byte(f), err)
		return
	}
	if _, err := fmt.Sscanf(string(sm.ShortMessage), "%08x-%08x", &session, &i); err != nil {
		c.violate("a message centre received %q", sm.ShortMessage)
		return
	}
	c.mu.Lock()
	s := c.books[session]
	c.mu.Unlock()
	if s == nil {
		c.violate("a message centre received message %d of session %d, whose book is closed", i, session)
		return
	}
	s.arrive(f, i, by)
}

// chaosRedis is a redis-server without persistence: killed, it comes back empty.
type chaosRedis struct {
	chaos  *chaos
	binary string
	port   int
	relay  *storetest.Relay
	proc   *process
}

func (c *chaos) newRedis() *chaosRedis {
	r := &chaosRedis{chaos: c, binary: need(c.t, "redis-server", "apt-get install redis-server"), port: freePort(c.t)}
	r.start()
	r.relay = storetest.StartRelay(c.t, loopback(r.port))
	return r
}

func (r *chaosRedis) start() {
	r.proc = start(r.chaos.t, r.binary, "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--save", "",
		"--dir", r.chaos.dir)
	listens(r.chaos.t, loopback(r.port))
}

const chaosConfig = `
listen: %[1]s
listeners:
  secure:
    address: %[7]s
    tls: {certificate: %[8]s, key: %[8]s}
admin: %[2]s
upstream: [%[3]s, %[4]s]
upstreams:
  other: [%[4]s, %[3]s]
redis:
  url: redis://%[5]s
  snapshot: %[6]s
  full_pass: 10s
  idle: 500ms
timers:
  write_timeout: 5s
  connect: 3s
  drain: %[9]v
status_text: true
`

// configure writes Geogate's file.
func (c *chaos) configure(drain time.Duration) {
	text := fmt.Sprintf(chaosConfig, c.listen, c.admin, c.centres[0].relay.Addr, c.centres[1].relay.Addr,
		c.redis.relay.Addr, filepath.Join(c.dir, "snapshot"), c.secure, c.certificate,
		drain)
	if err := os.WriteFile(c.config, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// certify writes a certificate and its key, and makes the ESMEs trust it. It is the one that net/http/httptest keeps
// for loopback addresses.
func (c *chaos) certify() (path string) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	c.trust = server.Client().Transport.(*http.Transport).TLSClientConfig
	own := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		c.t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	path = filepath.Join(c.dir, "tls.pem")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// startGeogate starts the next Geogate; every third one is built with the race detector, where there is one.
func (c *chaos) startGeogate() {
	c.t.Helper()
	n := c.lives.Add(1)
	binary := program("geogate")
	if c.raced != "" && n%3 == 2 {
		binary = c.raced
		c.report.racedLives++
	}
	c.proxy = start(c.t, binary, "serve", "--config", c.config)
	eventually(c.t, "geogate to be ready", func() bool {
		resp, err := http.Get("http://" + c.admin + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// incarnation counts the Geogates: revisions count anew in each.
func (c *chaos) incarnation() int { return int(c.lives.Load()) }

// geogateEnded looks at what a Geogate that has ended leaves behind.
func (c *chaos) geogateEnded() {
	for _, trouble := range []string{"DATA RACE", "panic:", "fatal error:", `"level":"dpanic"`} {
		if text := c.proxy.out.tail(1 << 30); strings.Contains(text, trouble) {
			at := strings.Index(text, trouble)
			c.violate("geogate printed %s", text[max(0, at-100):min(len(text), at+4000)])
		}
	}
}

// raceBuild builds Geogate with the race detector.
func raceBuild(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "geogate-race")
	build := exec.Command("go", "build", "-race", "-o", path, "geogate/cmd/geogate")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building with the race detector: %v\n%s", err, out)
	}
	return path
}

// gauges reads values of /metrics that have no labels.
func gauges(t *testing.T, admin string) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	for line := range bytes.Lines([]byte(get(t, "http://"+admin+"/metrics"))) {
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			values[name] = v
		}
	}
	return values
}
