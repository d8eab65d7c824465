package main

import (
	"context"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/zap"

	"geogate/config"
)

// supervisorAt listens as systemd does, and returns a function that reads the next message.
func supervisorAt(t *testing.T, path string) (next func() string) {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return func() string {
		t.Helper()
		b := make([]byte, 1024)
		conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

// TestNotify runs a node under a supervisor, by a path and by an abstract name, through a reload to its end.
func TestNotify(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "notify"), "@" + dir} {
		next := supervisorAt(t, path)
		supervisor, err := newNotifier([]string{"NOTIFY_SOCKET=" + path})
		if err != nil {
			t.Fatal(err)
		}
		n := startNodeUnder(t, supervisor, nil, miniredis.RunT(t))
		want := func(expression string) {
			t.Helper()
			if got := next(); !regexp.MustCompile("^" + expression + "$").MatchString(got) {
				t.Errorf("told %q, want %s", got, expression)
			}
		}
		want("READY=1")
		n.takeConfig(&reloader{load: func() (*config.Config, error) { return n.cfg.Load(), nil }, level: zap.NewAtomicLevel()})
		want(`RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*`)
		want("READY=1")
		if err := n.stop(); err != nil {
			t.Error(err)
		}
		want("STOPPING=1")
		supervisor.close()
	}
}

// TestWatchdog gives signs of life while there is life, and none when the process is stuck.
func TestWatchdog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notify")
	next := supervisorAt(t, path)
	supervisor, err := newNotifier([]string{"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=20000"})
	if err != nil {
		t.Fatal(err)
	}
	defer supervisor.close()
	ctx, cancel := context.WithCancel(t.Context())
	stuck, ended := make(chan struct{}), make(chan struct{})
	beats := 0
	go func() {
		defer close(ended)
		supervisor.live(ctx, zap.NewNop(), func() {
			if beats++; beats > 3 {
				<-stuck
			}
		})
	}()
	for range 3 {
		if got := next(); got != "WATCHDOG=1" {
			t.Fatal(got)
		}
	}
	supervisor.tell(zap.NewNop(), "the next")
	if got := next(); got != "the next" {
		t.Error("a sign of life of a process that is stuck:", got)
	}
	cancel()
	close(stuck)
	<-ended
}

func TestNotifierFaults(t *testing.T) {
	t.Parallel()
	if n, err := newNotifier([]string{"WATCHDOG_USEC=1"}); n != nil || err != nil {
		t.Error("without a socket:", n, err)
	}
	if _, err := newNotifier([]string{"NOTIFY_SOCKET=vsock:2:1"}); err == nil || !strings.Contains(err.Error(), "a path or @NAME") {
		t.Error(err)
	}
	if _, err := newNotifier([]string{"NOTIFY_SOCKET=/nowhere/notify"}); err == nil {
		t.Error("a socket that is not there")
	}
	path := filepath.Join(t.TempDir(), "notify")
	supervisorAt(t, path)
	for _, env := range []string{"WATCHDOG_USEC=soon", "WATCHDOG_USEC=-1", "WATCHDOG_PID=1"} {
		n, err := newNotifier([]string{"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=5", env})
		if err != nil || n.watchdog != 0 {
			t.Errorf("%s: %v, %v", env, n, err)
		}
		n.close()
	}
}
