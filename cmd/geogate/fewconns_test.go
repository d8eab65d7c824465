package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/zap"

	"geogate/config"
)

// dialFrom connects from an address of loopback.
func dialFrom(t *testing.T, from string, to net.Addr) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// TestFewConns: a quarter for one address, all for a balancer, and no more than that at the same time.
func TestFewConns(t *testing.T) {
	t.Parallel()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	l := atMost(8, socket, []netip.Prefix{netip.MustParsePrefix("127.0.0.9/32")}, zap.NewNop(), "test")
	in := make(chan net.Conn)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			in <- conn
		}
	}()
	come := func(from string, welcome bool) net.Conn {
		t.Helper()
		ours := dialFrom(t, from, socket.Addr())
		if !welcome {
			if _, err := ours.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("%s: %v, want the end of the connection", from, err)
			}
			return nil
		}
		select {
		case theirs := <-in:
			t.Cleanup(func() { theirs.Close() })
			return theirs
		case <-time.After(20 * time.Second):
			t.Fatalf("%s is not let in", from)
			return nil
		}
	}
	come("127.0.0.1", true)
	second := come("127.0.0.1", true)
	come("127.0.0.1", false)
	come("127.0.0.2", true)
	second.Close()
	second.Close() // counts once
	come("127.0.0.1", true)
	come("127.0.0.1", false)
	for range 5 {
		come("127.0.0.9", true)
	}
	come("127.0.0.9", false)
	come("127.0.0.3", false)
}

// TestConformanceG47TooManyConnections holds connections to the API and to the admin address that ask for nothing: one more
// is closed, and nobody else is kept out.
func TestConformanceG47TooManyConnections(t *testing.T) {
	t.Parallel()
	n := startNode(t, miniredis.RunT(t), func(c *config.Config) { c.API.Listen, c.API.MaxConnections = "127.0.0.1:0", 8 })
	for name, door := range map[string]struct {
		addr  net.Addr
		limit int
		path  string
		want  int
	}{
		"api":   {n.api.listener.Addr(), 8, "/v1/me", http.StatusUnauthorized},
		"admin": {n.admin.Addr(), adminConns, "/healthz", http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			ask := func(from string) (int, error) {
				conn := dialFrom(t, from, door.addr)
				defer conn.Close()
				fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", door.path)
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					return 0, err
				}
				return response.StatusCode, nil
			}
			var held []net.Conn
			for range door.limit / 4 {
				held = append(held, dialFrom(t, "127.0.0.5", door.addr))
			}
			if status, err := ask("127.0.0.5"); err == nil {
				t.Errorf("one connection too many is answered %d", status)
			}
			if status, err := ask("127.0.0.6"); status != door.want {
				t.Errorf("another address: %d %v, want %d", status, err, door.want)
			}
			held[0].Close()
			until(t, "the free place", func() bool { status, _ := ask("127.0.0.5"); return status == door.want })
		})
	}
}

// TestAPIBehindBalancers: behind a load balancer that says whose a connection is, each client has its own limits; whoever
// comes past it, or says nothing, is closed.
func TestAPIBehindBalancers(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprint("TLS ", secure), func(t *testing.T) {
			t.Parallel()
			n := startNode(t, miniredis.RunT(t), func(c *config.Config) {
				serveAPIOn(t, c, secure)
				c.API.ProxyProtocol = []netip.Prefix{netip.MustParsePrefix("127.0.0.7/32")}
			})
			until(t, "the policy", func() bool { return n.store.Policy() != nil })
			ask := func(from, header string, guess int) (int, error) {
				conn := dialFrom(t, from, n.api.listener.Addr())
				defer conn.Close()
				io.WriteString(conn, header)
				if secure {
					conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
				}
				fmt.Fprintf(conn, "GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer guess%d\r\nConnection: close\r\n\r\n", guess)
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					return 0, err
				}
				return response.StatusCode, nil
			}
			as := func(client string) string { return "PROXY TCP4 " + client + " 192.0.2.1 4000 443\r\n" }
			last := 0
			for i := range 12 {
				status, err := ask("127.0.0.7", as("198.51.100.1"), i)
				if err != nil {
					t.Fatal(err)
				}
				last = status
			}
			if last != http.StatusTooManyRequests {
				t.Errorf("guesses are answered %d to the end", last)
			}
			if status, err := ask("127.0.0.7", as("198.51.100.2"), 0); status != http.StatusUnauthorized {
				t.Errorf("another client: %d %v", status, err)
			}
			if status, err := ask("127.0.0.7", "", 0); err == nil {
				t.Errorf("without a header: %d", status)
			}
			if status, err := ask("127.0.0.8", as("198.51.100.3"), 0); err == nil {
				t.Errorf("past the balancer: %d", status)
			}
		})
	}
}
