package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
)

// process is a program that the comparison started.
type process struct {
	cmd   *exec.Cmd
	out   output
	ended chan struct{} // closed when it has, and all its output is in out
}

// output is what a process has said.
type output struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.said.Write(b)
}

// take returns what was said since the last time.
func (o *output) take() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.said.Reset()
	return o.said.String()
}

// holds reports whether text is in what take would return.
func (o *output) holds(text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Contains(o.said.Bytes(), []byte(text))
}

// start starts a program with env on top of our own environment.
func start(name string, env []string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() {
		p.cmd.Wait() // how it ended is told by what it said
		close(p.ended)
	}()
	return p, nil
}

// endPatience is how long a process may take to end.
const endPatience = 20 * time.Second

func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(endPatience, func() { p.cmd.Process.Kill() })
	defer kill.Stop()
	<-p.ended
}

// await returns when something holds, and what the process has said as an error when it ends before, or takes too
// long.
func (p *process) await(ctx context.Context, what string, patience, every time.Duration, holds func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
		case <-p.ended:
		case <-tick.C:
			continue
		}
		p.stop()
		return fmt.Errorf("%s %s: it said: %s", filepath.Base(p.cmd.Path), what, p.out.take())
	}
	return nil
}

// awaitListener waits until the process accepts connections at addr.
func (p *process) awaitListener(ctx context.Context, addr string) error {
	return p.await(ctx, "does not listen on "+addr, endPatience, 10*time.Millisecond, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// cpu is the time that the process has computed so far, in user and kernel mode.
func (p *process) cpu() (time.Duration, error) {
	running, err := procfs.NewProc(p.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	stat, err := running.Stat()
	return time.Duration(stat.CPUTime() * float64(time.Second)), err
}

// memory is what the process has in memory, and the most that it ever had, in octets.
func (p *process) memory() (resident, peak int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		var kib int64
		if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
			continue
		}
		switch name {
		case "VmRSS":
			resident = kib << 10
		case "VmHWM":
			peak = kib << 10
		}
	}
	return resident, peak, nil
}

// beside is the path of another of our programs, built into the same folder.
func beside(name string) string {
	self, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(self), name)
}

// Ports come from below the range that outgoing connections take theirs from: esmeload listens on the same one in
// every run, and finds it free.
const (
	firstPort = 20_000
	portCount = 12_000
)

// lastPort is the last one handed out. Two of us that run at the same time begin at different ones.
var lastPort = os.Getpid() * 100 % portCount

// freeAddr is a loopback address that nobody listens on, another one each time.
func freeAddr() (string, error) {
	for range portCount {
		lastPort = (lastPort + 1) % portCount
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+lastPort))
		if l, err := net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", errors.New("no port from 20000 to 32000 is free")
}

func portOf(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		panic(err) // freeAddr makes them
	}
	return port
}
