// Package storetest starts real Redis servers for tests, on free loopback ports, and does to them what
// happens to servers: it kills, stops, restarts and cuts them off. It ends only processes that it started.
package storetest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Patience bounds every wait for something that is bound to happen.
const Patience = 30 * time.Second

// Server is one redis-server or redis-sentinel process, which the end of the test ends.
type Server struct {
	Addr string // 127.0.0.1:PORT, the same after every Restart
	Dir  string // its working directory: Redis keeps dump.rdb there

	t       testing.TB
	args    []string
	options redis.Options

	mu     sync.Mutex
	client *redis.Client
	cmd    *exec.Cmd
	out    *bytes.Buffer // may be read once done is closed
	done   chan struct{} // closed when the process has ended
}

// Start runs redis-server, without persistence unless args say so, and waits until it answers. The test is
// skipped when it is not installed; with GEOGATE_TEST_ALL=1 it fails instead.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{t: t, Dir: t.TempDir(), args: append([]string{"--save", "", "--databases", "2"}, args...)}
	s.boot("redis-server", func(port string) []string {
		return append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", s.Dir}, s.args...)
	})
	return s
}

// StartSentinel runs redis-sentinel, which watches the masters by their names.
func StartSentinel(t testing.TB, quorum int, masters map[string]*Server) *Server {
	t.Helper()
	s := &Server{t: t, Dir: t.TempDir()}
	s.boot("redis-sentinel", func(port string) []string {
		text := "port " + port + "\nbind 127.0.0.1\ndir " + s.Dir + "\n"
		for name, master := range masters {
			host, masterPort, _ := net.SplitHostPort(master.Addr)
			text += fmt.Sprintf("sentinel monitor %s %s %s %d\nsentinel down-after-milliseconds %s 500\n"+
				"sentinel failover-timeout %s 3000\n", name, host, masterPort, quorum, name, name)
		}
		file := s.Dir + "/sentinel.conf"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{file}
	})
	return s
}

// boot starts the program on a free port; when somebody else took it meanwhile, on another.
func (s *Server) boot(program string, args func(port string) []string) {
	s.t.Helper()
	path := Need(s.t, program)
	s.t.Cleanup(s.Kill)
	for range 10 {
		s.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(FreePort(s.t)))
		_, port, _ := net.SplitHostPort(s.Addr)
		if s.launch(path, args(port)) {
			return
		}
	}
	s.t.Fatalf("%s does not start:\n%s", program, s.out)
}

// launch starts the process and reports whether it came to answer.
func (s *Server) launch(path string, args []string) bool {
	s.t.Helper()
	out := &bytes.Buffer{}
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	s.mu.Lock()
	s.cmd, s.out, s.done = cmd, out, done
	s.mu.Unlock()
	return s.answers()
}

// answers waits for the first answer; false when the process ended instead. An error of Redis is an answer.
func (s *Server) answers() bool {
	s.t.Helper()
	deadline := time.After(Patience)
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for {
		if s.asked() {
			return true
		}
		select {
		case <-s.done:
			return false
		case <-deadline:
			s.t.Fatalf("%s does not answer", s.Addr)
		case <-tick.C:
		}
	}
}

// asked reports whether this very process answers, and not another one that took the port.
func (s *Server) asked() bool {
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte("INFO server\r\n"))
	answer := make([]byte, 4096)
	n, _ := conn.Read(answer)
	text := string(answer[:n])
	if strings.HasPrefix(text, "-") {
		return !strings.HasPrefix(text, "-LOADING")
	}
	return strings.Contains(text, fmt.Sprintf("process_id:%d\r\n", s.cmd.Process.Pid))
}

// Restart starts the server again after Kill, on the same port and with more arguments.
func (s *Server) Restart(args ...string) {
	s.t.Helper()
	path := Need(s.t, "redis-server")
	_, port, _ := net.SplitHostPort(s.Addr)
	all := append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", s.Dir}, s.args...)
	if !s.launch(path, append(all, args...)) {
		s.t.Fatalf("redis-server does not start again:\n%s", s.out)
	}
}

// Kill ends the process as kill -9 does, also one that is paused, and waits for its end.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		_ = s.client.Close()
		s.client = nil
	}
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

// Pause stops the process with SIGSTOP: its connections stay open and nothing answers.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// URL is the address as Options.URL takes it.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Authenticate makes Client use a user and password from its next connection on.
func (s *Server) Authenticate(user, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.Username, s.options.Password = user, password
	if s.client != nil {
		_ = s.client.Close()
		s.client = nil
	}
}

// Client is a client of the server, closed with it.
func (s *Server) Client() *redis.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		o := s.options
		o.Addr, o.PipelinePoolSize, o.DisableIdentity = s.Addr, -1, true
		o.ReadTimeout = Patience
		o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
		s.client = redis.NewClient(&o)
	}
	return s.client
}

// Do runs one command, split at spaces; "quoted parts" hold together. It returns the answer as text.
func (s *Server) Do(command string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	answer, err := s.Client().Do(ctx, Words(command)...).Result()
	if err != nil && err != redis.Nil {
		s.t.Fatalf("%s: %v", command, err)
	}
	return fmt.Sprint(answer)
}

// Words splits a command as redis-cli does, without its escapes.
func Words(command string) []any {
	var words []any
	for i, part := range strings.Split(command, `"`) {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		for word := range strings.FieldsSeq(part) {
			words = append(words, word)
		}
	}
	return words
}

// FreePort returns a loopback port that nobody listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Need returns the path of a program of Redis, or skips the test and names what installs it.
func Need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	why := program + " is not installed: apt-get install redis-server redis-sentinel redis-tools"
	if os.Getenv("GEOGATE_TEST_ALL") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}
