package e2e

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// rig is a whole set-up: redis-server, smscsim and geogate, each a process of its own.
type rig struct {
	t      *testing.T
	redis  int    // port
	listen string // where ESMEs bind
	admin  string
	centre *centre
	proxy  *process
	record string // directory of the audit record, where there is one
}

// newRig starts all of it, with smscsim's own flags on top, and waits until Geogate is ready.
func newRig(t *testing.T, smscsimFlags ...string) *rig {
	t.Helper()
	centre := startCentre(t, smscsimFlags...)
	r := newRigTo(t, centre.addr)
	r.centre = centre
	return r
}

// newRigTo starts redis-server and geogate in front of a message centre of the caller's.
func newRigTo(t *testing.T, upstream string) *rig {
	t.Helper()
	r := &rig{t: t, redis: startRedis(t)}
	r.redisCLI("HSET geo:meta schema 1")
	r.listen, r.admin = loopback(freePort(t)), loopback(freePort(t))
	r.proxy = start(t, program("geogate"), "serve",
		"--listen", r.listen, "--upstream", upstream, "--redis", r.redisURL(), "--admin", r.admin)
	r.proxy.endsWell()
	eventually(t, "geogate to be ready", func() bool {
		resp, err := http.Get("http://" + r.admin + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return r
}

func (r *rig) redisURL() string { return "redis://" + loopback(r.redis) }

func startRedis(t *testing.T) int {
	t.Helper()
	server := need(t, "redis-server", "apt-get install redis-server redis-tools")
	port := freePort(t)
	start(t, server, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	listens(t, loopback(port))
	return port
}

// redisCLI runs commands, one a line, with redis-cli: what an operator types is what is tested.
func (r *rig) redisCLI(commands ...string) string {
	r.t.Helper()
	cli := need(r.t, "redis-cli", "apt-get install redis-tools")
	cmd := exec.Command(cli, "-p", strconv.Itoa(r.redis))
	cmd.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "ERR") {
		r.t.Fatalf("redis-cli: %v: %s", err, out)
	}
	return string(out)
}

// account writes an account with redis-cli and waits until geogate knows it.
func (r *rig) account(id, fields string) {
	r.t.Helper()
	r.redisCLI("HSET geo:account:" + id + " " + fields)
	eventually(r.t, "account "+id, func() bool { return r.mayBind(id) })
}

// mayBind reports whether a bind of an account is accepted.
func (r *rig) mayBind(id string) bool {
	esme, err := smpptest.Dial(r.t.Context(), r.listen)
	if err != nil {
		return false
	}
	defer esme.Close()
	st, err := esme.Bind(r.t.Context(), smpp.IDBindTransceiver, id, "secret")
	return err == nil && st == smpp.ESME_ROK
}

// centre is a running smscsim and the file in which it records what it receives.
type centre struct {
	t      *testing.T
	addr   string
	record string
}

func startCentre(t *testing.T, flags ...string) *centre {
	t.Helper()
	c := &centre{t: t, addr: loopback(freePort(t)), record: filepath.Join(t.TempDir(), "received.jsonl")}
	start(t, program("smscsim"), append([]string{"--listen", c.addr, "--record", c.record}, flags...)...)
	listens(t, c.addr)
	return c
}

// recorded is one frame that the message centre received, on which of its sessions.
type recorded struct {
	Session int
	Frame   smpp.Frame
}

// frames returns what the message centre has received of the given commands.
func (c *centre) frames(ids ...smpp.CommandID) []recorded {
	c.t.Helper()
	f, err := os.Open(c.record)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	var found []recorded
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Session int    `json:"session"`
			Hex     string `json:"hex"`
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			break // the last line may still be under way
		}
		frame, err := hex.DecodeString(line.Hex)
		if err != nil {
			c.t.Fatal(err)
		}
		if oneOf(smpp.Frame(frame).ID(), ids) {
			found = append(found, recorded{line.Session, frame})
		}
	}
	return found
}
