package e2e

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for something that is bound to happen.
const patience = 30 * time.Second

// process is one program that a test started, with all that it printed.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *transcript
	done chan struct{} // closed when the program has ended
	err  error         // valid once done is closed
}

// start runs a program until the test ends, and shows what it printed when the test failed.
func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	return startCommand(t, exec.Command(name, args...))
}

// startCommand is start for a command that was made ready.
func startCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, out: newTranscript(), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.stop(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("%s printed:\n%s", cmd.Path, p.out.tail(8<<10))
		}
	})
	return p
}

// endsWell demands exit code 0 of the program when the test ends.
func (p *process) endsWell() {
	p.t.Cleanup(func() {
		p.stop(syscall.SIGTERM)
		if p.err != nil {
			p.t.Errorf("%s ended with %v", p.cmd.Path, p.err)
		}
	})
}

// stop signals the program and waits for its end; one that does not end is killed and fails the test.
func (p *process) stop(sig os.Signal) {
	p.t.Helper()
	_ = p.cmd.Process.Signal(sig)
	p.wait("on " + sig.String())
}

// wait waits for the program's end; one that does not end is killed and fails the test.
func (p *process) wait(when string) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.done
		p.t.Errorf("%s did not end %s", p.cmd.Path, when)
	}
}

// transcript collects output and wakes those who wait for a part of it.
type transcript struct {
	mu   sync.Mutex
	more *sync.Cond
	text bytes.Buffer
}

func newTranscript() *transcript {
	t := &transcript{}
	t.more = sync.NewCond(&t.mu)
	return t
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.more.Broadcast()
	return t.text.Write(b)
}

func (t *transcript) tail(n int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.text.Bytes()
	return string(b[max(0, len(b)-n):])
}

// eventually waits until happened answers true, asking again every few milliseconds.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	within(t, patience, what, happened)
}

// within waits for a condition that may take longer.
func within(t *testing.T, patience time.Duration, what string, happened func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !happened() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited %v for %s", patience, what)
		case <-tick.C:
		}
	}
}

// ports are handed out from below the range that outgoing connections take theirs from: what is free when it is
// handed out is still free when a program comes to listen.
var ports = struct {
	sync.Mutex
	next int
}{next: firstPort + os.Getpid()*37%(lastPort-firstPort)}

const firstPort, lastPort = 20_000, 32_000

// freePort returns a loopback port that nobody listens on, another one each time.
func freePort(t *testing.T) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for range lastPort - firstPort {
		if ports.next++; ports.next >= lastPort {
			ports.next = firstPort
		}
		l, err := net.Listen("tcp", loopback(ports.next))
		if err == nil {
			l.Close()
			return ports.next
		}
	}
	t.Fatal("no free port")
	return 0
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// listens waits until somebody accepts connections at addr.
func listens(t *testing.T, addr string) {
	t.Helper()
	eventually(t, "a listener at "+addr, func() bool {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
}
