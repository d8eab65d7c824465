package e2e

import (
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestConformanceF43Descriptors has Geogate run out of file descriptors: those who are bound go on, it says so, newcomers
// are served as soon as there is room, and SIGTERM still unbinds everybody.
func TestConformanceF43Descriptors(t *testing.T) {
	t.Parallel()
	centre := startCentre(t)
	r := &rig{t: t, redis: startRedis(t), listen: loopback(freePort(t)), centre: centre}
	r.redisCLI("HSET geo:meta schema 1", "HSET geo:account:acme home GB")
	r.proxy = startCommand(t, exec.Command("sh", "-c", `ulimit -n 64; exec "$@"`, "sh", program("geogate"), "serve",
		"--listen", r.listen, "--upstream", centre.addr, "--redis", r.redisURL(), "--admin", ""))
	r.proxy.endsWell()
	listens(t, r.listen)
	r.account("acme", "home GB")

	bound := make([]*smpptest.ESME, 5)
	for i := range bound {
		bound[i] = bindTo(t, r.listen)
	}
	crowd := make([]net.Conn, 100)
	for i := range crowd {
		conn, err := net.Dial("tcp", r.listen)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		crowd[i] = conn
	}
	eventually(t, "Geogate to run out of descriptors", func() bool { return strings.Contains(r.proxy.out.tail(1<<20), "too many open files") })
	for range 20 {
		for _, esme := range bound {
			if st := sendTo(t, esme, "447400123456"); st != smpp.ESME_ROK {
				t.Fatal(st)
			}
			if st := sendTo(t, esme, "33612345678"); st != smpp.ESME_RINVDSTADR {
				t.Fatal(st)
			}
		}
	}
	for _, conn := range crowd[:60] {
		conn.Close()
	}
	eventually(t, "a newcomer to be served", func() bool {
		esme, err := smpptest.Dial(t.Context(), r.listen)
		if err != nil {
			return false
		}
		defer esme.Close()
		st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "acme", "secret")
		return err == nil && st == smpp.ESME_ROK
	})
	more := make([]net.Conn, 100)
	for i := range more {
		if more[i], _ = net.Dial("tcp", r.listen); more[i] != nil {
			defer more[i].Close()
		}
	}
	_ = r.proxy.cmd.Process.Signal(syscall.SIGTERM)
	for _, esme := range bound {
		f, err := esme.Recv(t.Context())
		if err != nil || f.ID() != smpp.IDUnbind {
			t.Fatalf("%v %v, want an unbind", f, err)
		}
		if err := esme.Answer(f, smpp.ESME_ROK); err != nil {
			t.Error(err)
		}
	}
	r.proxy.wait("when all were unbound")
}

// bindTo binds as acme.
func bindTo(t *testing.T, addr string) *smpptest.ESME {
	t.Helper()
	esme, err := smpptest.Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { esme.Close() })
	if st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "acme", "secret"); err != nil || st != smpp.ESME_ROK {
		t.Fatal(st, err)
	}
	return esme
}

func sendTo(t *testing.T, esme *smpptest.ESME, to string) smpp.Status {
	t.Helper()
	st, _, err := esme.SubmitTo(t.Context(), to, "hello")
	if err != nil {
		t.Fatal(err)
	}
	return st
}
