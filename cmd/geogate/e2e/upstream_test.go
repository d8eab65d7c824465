package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// addresses returns the state and the number of sessions of each address, as the node's /status tells.
func (r *rig) addresses() map[string]string {
	r.t.Helper()
	resp, err := http.Get("http://" + r.admin + "/status")
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var status struct {
		Upstreams []struct {
			Addresses []struct {
				Addr, State string
				Sessions    json.Number
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&status); err != nil {
		r.t.Fatal(err)
	}
	list := map[string]string{}
	for _, u := range status.Upstreams {
		for _, a := range u.Addresses {
			list[a.Addr] = a.State + " " + a.Sessions.String()
		}
	}
	return list
}

// bind binds as acme and returns the session, which answers what comes.
func (r *rig) bind() *smpptest.ESME {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 15*time.Second)
	defer cancel()
	e, err := smpptest.Dial(ctx, r.listen)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { e.Close() })
	e.AnswerAll()
	if st, err := e.Bind(ctx, smpp.IDBindTransceiver, "acme", "secret"); st != smpp.ESME_ROK || err != nil {
		r.t.Fatalf("bind: %s, %v", st, err)
	}
	return e
}

// boundAt binds until a bind reaches a message centre, and returns how long that took.
func (r *rig) boundAt(c *centre) time.Duration {
	r.t.Helper()
	began := time.Now()
	eventually(r.t, "a bind at "+c.addr, func() bool {
		before := len(c.frames(smpp.IDBindTransceiver))
		r.bind().Close()
		return len(c.frames(smpp.IDBindTransceiver)) > before
	})
	return time.Since(began)
}

// awaitState waits until an address is in a state with so many sessions: those that have just ended count
// until nothing of them is left.
func (r *rig) awaitState(addr, want string) {
	r.t.Helper()
	eventually(r.t, addr+" to be "+want, func() bool { return r.addresses()[addr] == want })
}

// TestUpstreamSetAside moves new binds, then sessions, between two message centres with redis-cli and with the
// command line.
func TestUpstreamSetAside(t *testing.T) {
	t.Parallel()
	a, b := startCentre(t), startCentre(t)
	r := newRigTo(t, a.addr+","+b.addr)
	r.account("acme", "home GB")
	stays := r.bind()
	r.awaitState(a.addr, "healthy 1")
	r.awaitState(b.addr, "healthy 0")
	r.redisCLI("HSET geo:upstream:default " + a.addr + " drain")
	t.Logf("from redis-cli to a bind at the other address: %v", r.boundAt(b))
	r.awaitState(a.addr, "set_aside 1")
	began := time.Now()
	r.redisCLI(`HSET geo:upstream:default ` + a.addr + ` "drain sessions=end"`)
	select {
	case <-stays.Done():
		t.Logf("from before redis-cli to the end of the session: %v", time.Since(began))
	case <-time.After(15 * time.Second):
		t.Fatal("the session did not end")
	}
	if out := r.geogate("upstream", "list", "--admin", r.admin); !strings.Contains(out, "sessions=end") {
		t.Errorf("listed:\n%s", out)
	}
	r.geogate("upstream", "resume", "default", a.addr, "--redis", r.redisURL())
	r.boundAt(a)
	r.geogate("upstream", "drain", "default", a.addr, "--redis", r.redisURL(), "--reason", "new software", "--admin", r.admin)
	r.boundAt(b)
}

// geogate runs a verb.
func (r *rig) geogate(args ...string) string {
	r.t.Helper()
	out, err := exec.Command(program("geogate"), args...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("geogate %v: %v\n%s", args, err, out)
	}
	return string(out)
}
