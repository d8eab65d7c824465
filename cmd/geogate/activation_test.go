package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"geogate/config"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// handedOver passes the sockets to this very process, from a descriptor on that nothing else has.
func handedOver(t *testing.T, first int, names string, files ...*os.File) ([]passed, error) {
	t.Helper()
	for i, f := range files {
		if err := unix.Dup2(int(f.Fd()), first+i); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return passedSockets([]string{
		"LISTEN_PID=" + strconv.Itoa(os.Getpid()), "LISTEN_FDS=" + strconv.Itoa(len(files)), "LISTEN_FDNAMES=" + names,
	}, first)
}

func listening(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.(*net.TCPListener)
}

func fileOf(t *testing.T, has interface{ File() (*os.File, error) }) *os.File {
	t.Helper()
	f, err := has.File()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestPassedSockets starts a node on sockets that were passed, one by its name, one by its address, and stops it:
// the sockets still listen, and a second node serves who came to them meanwhile.
func TestPassedSockets(t *testing.T) {
	t.Parallel()
	named, unnamed := listening(t), listening(t)
	redis := miniredis.RunT(t)
	redis.HSet("geo:account:acme", "home", "GB")
	serve := func(first int) *node {
		t.Helper()
		sockets, err := handedOver(t, first, "secure:geogate.socket", fileOf(t, named), fileOf(t, unnamed))
		if err != nil {
			t.Fatal(err)
		}
		for fd := first; fd < first+2; fd++ {
			if err := syscall.SetNonblock(fd, true); err != syscall.EBADF {
				t.Errorf("descriptor %d is left open: %v", fd, err)
			}
		}
		n := startNodeUnder(t, nil, sockets, redis, func(c *config.Config) {
			c.Listen = unnamed.Addr().String()
			c.Listeners["secure"] = &config.Listener{Address: "127.0.0.1:1"}
		})
		until(t, "the policy", func() bool { return n.store.Policy() != nil })
		return n
	}
	bind := func(conn net.Conn) {
		t.Helper()
		esme := smpptest.NewESME(conn)
		defer esme.Close()
		if st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "acme", ""); st != smpp.ESME_ROK || err != nil {
			t.Error(st, err)
		}
	}
	dial := func(l net.Listener) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	first := serve(1000)
	bind(dial(named))
	bind(dial(unnamed))
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	between := dial(named)
	serve(1002)
	bind(between)
	bind(dial(unnamed))
}

func TestPassedFaults(t *testing.T) {
	t.Parallel()
	bound, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer packets.Close()
	local, err := net.ListenUnix("unix", &net.UnixAddr{Name: t.TempDir() + "/socket", Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	for i, c := range []struct {
		file *os.File
		want string
	}{
		{os.NewFile(uintptr(bound), "bound"), "it does not listen: ListenStream= with Accept=no is needed"},
		{fileOf(t, packets.(*net.UDPConn)), "it is no stream socket: ListenStream= is needed"},
		{fileOf(t, local), "which is no TCP: ListenStream=HOST:PORT is needed"},
		{os.Stderr, "it is no socket"},
	} {
		file := c.file
		if file == os.Stderr {
			file, _ = os.Open(os.DevNull)
		}
		want := fmt.Sprintf(`LISTEN_FDS: descriptor %d, "listen": `, 1010+i)
		if _, err := handedOver(t, 1010+i, "listen", file); err == nil ||
			!strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %s", err, c.want)
		}
	}
	for _, c := range []struct{ env, want string }{
		{"LISTEN_FDS=two", `LISTEN_FDS="two" is no number`},
		{"", `LISTEN_FDS="" is no number`},
		{"LISTEN_FDS=1", "descriptor 1020"},
	} {
		if _, err := passedSockets([]string{"LISTEN_PID=" + strconv.Itoa(os.Getpid()), c.env}, 1020); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.env, err)
		}
	}
	if got, err := passedSockets([]string{"LISTEN_PID=1", "LISTEN_FDS=x"}, 1020); got != nil || err != nil {
		t.Error("sockets of another process:", got, err)
	}
}

// TestPassedForNobody has sockets that no setting is for, or two for the same.
func TestPassedForNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ names, want string }{
		{"listen:other", `socket "other" at 127.0.0.1:`},
		{"listen:other", "give it as FileDescriptorName= one of admin, listen, listeners.secure,"},
		{"listen:listen", "are both for listen: make a listener of its own"},
		{"listeners.secure:secure", "are both for listeners.secure"},
	} {
		var sockets []passed
		for _, name := range strings.Split(c.names, ":") {
			sockets = append(sockets, passed{name, listening(t)})
		}
		cfg := config.Default()
		cfg.Listeners["secure"] = &config.Listener{Address: "127.0.0.1:3550"}
		cfg.Redis.URL = "redis://127.0.0.1:1"
		if _, err := newApp(cfg, zap.NewNop(), sockets...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.names, err, c.want)
		}
		if _, err := net.Dial("tcp", sockets[0].listener.Addr().String()); err == nil {
			t.Error("a socket is left open")
		}
	}
}

func TestSameAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		written, at string
		want        bool
	}{
		{"127.0.0.1:2775", "127.0.0.1:2775", true}, {"localhost:2775", "127.0.0.1:2775", true},
		{"0.0.0.0:2775", "[::]:2775", true}, {":2775", "0.0.0.0:2775", true}, {"[::]:2775", "[::]:2775", true},
		{"127.0.0.1:2775", "127.0.0.1:2776", false}, {"127.0.0.1:2775", "[::]:2775", false},
		{"0.0.0.0:2775", "127.0.0.1:2775", false}, {"127.0.0.1:0", "127.0.0.1:2775", false},
	} {
		at, err := net.ResolveTCPAddr("tcp", c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := sameAddress(c.written, at); got != c.want {
			t.Errorf("%s at %s: %v", c.written, c.at, got)
		}
	}
}

// TestReusePort has two nodes listen at one address, which a third without reuse_port cannot.
func TestReusePort(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	redis.HSet("geo:account:acme", "home", "GB")
	address := "127.0.0.1:0"
	shared := func(c *config.Config) {
		c.Listen = ""
		c.Listeners["shared"] = &config.Listener{Address: address, ReusePort: true}
	}
	first := startNode(t, redis, shared)
	address = first.addr()
	second := startNode(t, redis, shared)
	cfg := config.Default()
	cfg.Listen, cfg.Redis.URL = address, "redis://127.0.0.1:1"
	if _, err := newApp(cfg, zap.NewNop()); err == nil {
		t.Error("a third node shares the port without being asked")
	}
	until(t, "the policy", func() bool { return first.store.Policy() != nil && second.store.Policy() != nil })
	if err := first.stop(); err != nil {
		t.Error(err)
	}
	esme, err := smpptest.Dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer esme.Close()
	if st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "acme", ""); st != smpp.ESME_ROK || err != nil {
		t.Error(st, err)
	}
}
