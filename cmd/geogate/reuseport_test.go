//go:build linux

package main

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

// TestKeepOutNew has a listening socket take no new connect, and lose none that came before.
func TestKeepOutNew(t *testing.T) {
	t.Parallel()
	how := net.ListenConfig{Control: reusePort}
	how.SetMultipathTCP(false)
	l, err := how.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	before, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	if err := keepOutNew(l); err != nil {
		t.Fatal(err)
	}
	_, err = net.DialTimeout("tcp", l.Addr().String(), 100*time.Millisecond)
	if late := net.Error(nil); !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("a connect finds %v", err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}
