package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// rounds is how often a test that restarts Geogate does so.
func rounds(t *testing.T, usual int) int {
	t.Helper()
	asked := os.Getenv("GEOGATE_TEST_RESTARTS")
	if asked == "" {
		return usual
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 1 {
		t.Fatalf("GEOGATE_TEST_RESTARTS=%q is no number of restarts", asked)
	}
	return n
}

// TestConformanceF40ExchangePassedSocket puts a new process in the place of the old one, again and again, both on a
// socket that the test holds as systemd would. Clients connect, bind and send all the time.
func TestConformanceF40ExchangePassedSocket(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); socket.Close() })
	x := newExchange(t, l.Addr().String())
	x.run(rounds(t, 10), func(args ...string) *exec.Cmd {
		args = append([]string{"-c", `LISTEN_PID=$$ exec "$@"`, "sh", program("geogate"), "serve", "--listen", x.addr}, args...)
		cmd := exec.Command("sh", args...)
		cmd.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES=listen")
		cmd.ExtraFiles = []*os.File{socket}
		return cmd
	})
}

// TestConformanceF40ExchangeReusePort is the same with two processes that listen by themselves.
func TestConformanceF40ExchangeReusePort(t *testing.T) {
	t.Parallel()
	x := newExchange(t, loopback(freePort(t)))
	file := filepath.Join(t.TempDir(), "geogate.yaml")
	text := fmt.Sprintf("listen: ''\nlisteners: {shared: {address: %s, reuse_port: true}}\n", x.addr)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	x.run(rounds(t, 3), func(args ...string) *exec.Cmd {
		return exec.Command(program("geogate"), append([]string{"serve", "--config", file}, args...)...)
	})
}

// exchange is one address that processes serve one after the other, and what its clients find.
type exchange struct {
	t     *testing.T
	addr  string
	redis string // URL
	mc    *smpptest.MC

	over                      chan struct{}
	clients                   sync.WaitGroup
	connects, shown, unbounds atomic.Int64

	mu sync.Mutex
	ok []string // texts of the messages that were answered with ESME_ROK
}

func newExchange(t *testing.T, addr string) *exchange {
	t.Helper()
	mc, err := smpptest.StartMC(smpptest.MCOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mc.Close() })
	r := &rig{t: t, redis: startRedis(t)}
	r.redisCLI("HSET geo:account:acme home GB")
	return &exchange{t: t, addr: addr, redis: r.redisURL(), mc: mc, over: make(chan struct{})}
}

// run starts a process, and then n times its successor, ending it once that one is ready.
func (x *exchange) run(n int, command func(args ...string) *exec.Cmd) {
	t := x.t
	t.Helper()
	current := x.start(command)
	const clients = 8
	for i := range clients {
		x.clients.Go(func() { x.client(i) })
	}
	for range n {
		bound := x.connects.Load()
		eventually(t, "clients of this process", func() bool { return x.connects.Load() > bound+clients })
		next := x.start(command)
		current.stop(syscall.SIGTERM)
		if current.err != nil {
			t.Errorf("the old process ended with %v", current.err)
		}
		current = next
	}
	close(x.over)
	x.clients.Wait()
	current.stop(syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := x.mc.WaitIdle(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d exchanges: %d connects, %d messages answered ESME_ROK, %d sessions unbound by Geogate, %d binds shown away",
		n, x.connects.Load(), len(x.ok), x.unbounds.Load(), x.shown.Load())
	if x.unbounds.Load() == 0 {
		t.Error("no client met an exchange")
	}
	x.compare()
}

// start starts a process and waits until it says that it is ready.
func (x *exchange) start(command func(args ...string) *exec.Cmd) *process {
	t := x.t
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	supervisor, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { supervisor.Close() })
	cmd := command("--upstream", x.mc.Addr(), "--redis", x.redis, "--admin", loopback(freePort(t)))
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+path)
	p := startCommand(t, cmd)
	told := make([]byte, 1024)
	supervisor.SetReadDeadline(time.Now().Add(patience))
	if n, err := supervisor.Read(told); err != nil || string(told[:n]) != "READY=1" {
		t.Fatalf("told %q, %v", told[:n], err)
	}
	return p
}

// client has one session after the other. Whoever connects gets an answer to its bind.
func (x *exchange) client(number int) {
	for session := 0; ; session++ {
		select {
		case <-x.over:
			return
		default:
		}
		if !x.session(fmt.Sprintf("client %d session %d", number, session), number%2 == 0) {
			return
		}
	}
}

// perSession is how many messages a client sends in a session. Every other client sends on until Geogate ends it.
const perSession = 20

func (x *exchange) session(name string, stays bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e, err := smpptest.Dial(ctx, x.addr)
	if err != nil {
		x.t.Errorf("%s: not connected: %v", name, err)
		return false
	}
	defer e.Close()
	x.connects.Add(1)
	e.AnswerAll()
	st, err := e.Bind(ctx, smpp.IDBindTransceiver, "acme", "secret")
	switch {
	case err != nil:
		x.t.Errorf("%s: no answer to the bind: %v", name, err)
		return false
	case st == smpp.ESME_RSYSERR:
		x.shown.Add(1)
		return true
	case st != smpp.ESME_ROK:
		x.t.Errorf("%s: bind answered %s", name, st)
		return false
	}
	for i := 0; stays || i < perSession; i++ {
		select {
		case <-x.over:
			return true
		default:
		}
		text := fmt.Sprintf("%s message %d", name, i)
		st, _, err := e.SubmitTo(ctx, "447400123456", text)
		if err != nil { // the session has ended: the message was never read, or its answer would be here
			x.unbounds.Add(1)
			return x.inOrder(e, name)
		}
		if st != smpp.ESME_ROK {
			x.t.Errorf("%s: %s", text, st)
			return false
		}
		x.mu.Lock()
		x.ok = append(x.ok, text)
		x.mu.Unlock()
	}
	e.Unbind(ctx) // it may cross Geogate's
	return true
}

// inOrder reports whether a session that has ended was unbound before.
func (x *exchange) inOrder(e *smpptest.ESME, name string) bool {
	for {
		f, err := e.Recv(context.Background())
		if err != nil {
			x.t.Errorf("%s: ended without unbind: %v", name, err)
			return false
		}
		if f.ID() == smpp.IDUnbind {
			return true
		}
	}
}

// compare holds what the clients know to be taken against what the message centre took.
func (x *exchange) compare() {
	var taken []string
	for _, f := range x.mc.Messages() {
		var sm smpp.SubmitSM
		if err := sm.Decode(f); err != nil {
			x.t.Fatal(err)
		}
		taken = append(taken, string(sm.ShortMessage))
	}
	slices.Sort(taken)
	slices.Sort(x.ok)
	if !slices.Equal(taken, x.ok) {
		x.t.Errorf("the message centre took %d messages, %d were answered with ESME_ROK; the first that differ:\n%s\n%s",
			len(taken), len(x.ok), strings.Join(firstBeyond(taken, x.ok), "\n"), strings.Join(firstBeyond(x.ok, taken), "\n"))
	}
}

// firstBeyond is the first of the sorted list a that differs from b's at its place.
func firstBeyond(a, b []string) []string {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return a[i : i+1]
		}
	}
	return nil
}
