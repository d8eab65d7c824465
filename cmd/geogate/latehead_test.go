package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"geogate/config"
)

// TestConformanceG47LateHead sends the head of a request to the API bit by bit: it is told that this takes too long, over TLS
// as over plain TCP, and at its first request as at a later one. Who only stays connected is told nothing.
func TestConformanceG47LateHead(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprint("TLS ", secure), func(t *testing.T) {
			t.Parallel()
			n := startNode(t, miniredis.RunT(t), func(c *config.Config) { serveAPIOn(t, c, secure) })
			until(t, "the API", func() bool { return n.logs.FilterMessage("the API is served").Len() == 1 })
			const whole = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"
			for sent, want := range map[string]string{
				"GET /v1/status HTTP/1.1\r\nHost: ": "408", "G": "408", "": "", whole: "401", whole + "|GET /v1/st": "401 408",
			} {
				t.Run(fmt.Sprintf("%q", sent), func(t *testing.T) {
					t.Parallel()
					conn := n.dialAPI(t, secure)
					if got := answersOn(t, conn, strings.Split(sent, "|")); got != want {
						t.Errorf("%q: answered %q, want %q", sent, got, want)
					}
				})
			}
		})
	}
}

func (n *node) dialAPI(t *testing.T, secure bool) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", n.api.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if secure {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	return conn
}

// answersOn sends pieces, each when the one before it is answered, and lists the statuses of the answers until the connection
// ends, or no more come for longer than a head may take.
func answersOn(t *testing.T, conn net.Conn, pieces []string) string {
	t.Helper()
	var list []string
	for r := bufio.NewReader(conn); ; {
		if len(pieces) > 0 {
			io.WriteString(conn, pieces[0])
			pieces = pieces[1:]
		}
		conn.SetReadDeadline(time.Now().Add(headPatience + 5*time.Second))
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			return strings.Join(list, " ")
		}
		body, err := io.ReadAll(response.Body)
		var told struct{ Detail, Cure string }
		if json.Unmarshal(body, &told) != nil || err != nil || told.Detail == "" || told.Cure == "" {
			t.Errorf("%s: %s", response.Status, body)
		}
		list = append(list, fmt.Sprint(response.StatusCode))
	}
}

// TestPlainHTTPAtTLS asks for http:// where https:// is served: the answer says so.
func TestPlainHTTPAtTLS(t *testing.T) {
	t.Parallel()
	n := startNode(t, miniredis.RunT(t), func(c *config.Config) { serveAPIOn(t, c, true) })
	conn := n.dialAPI(t, false)
	if got := answersOn(t, conn, []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}); got != "400" {
		t.Errorf("answered %q", got)
	}
}
