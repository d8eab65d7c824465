package e2e

import (
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"geogate/smpp"
)

// crowd is how many ESMEs are bound: make crowd N=9000 needs as many descriptors here, and twice as many for Geogate.
func crowd(t *testing.T, usual int) int {
	t.Helper()
	asked := os.Getenv("GEOGATE_TEST_CROWD")
	if asked == "" {
		return usual
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 1 {
		t.Fatalf("GEOGATE_TEST_CROWD=%q is no number of ESMEs", asked)
	}
	return n
}

// TestConformanceD32Crowd has thousands of ESMEs bind at once and stay idle; then all drop and return at once. Each is
// served, whoever sends meanwhile does not notice, and idle ones cost neither a goroutine nor, gone, a descriptor.
func TestConformanceD32Crowd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.account("acme", "home GB")
	busy := r.bind()
	before := gauges(t, r.admin)
	n := crowd(t, 2000)
	for _, round := range []string{"bound", "returned"} {
		began := time.Now()
		conns := bindAll(t, r.listen, n)
		took := time.Since(began)
		var idle map[string]float64
		eventually(t, "as many sessions as ESMEs, without goroutines", func() bool { // those that dropped end meanwhile
			idle = gauges(t, r.admin)
			return idle["geogate_sessions"] == float64(n+1) && idle["go_goroutines"] <= before["go_goroutines"]+100
		})
		t.Logf("%d %s in %v: %.0f goroutines, %.1f KiB a session", n, round, took.Round(time.Millisecond), idle["go_goroutines"],
			(idle["process_resident_memory_bytes"]-before["process_resident_memory_bytes"])/float64(n)/1024)
		if st := sendTo(t, busy, "447400123456"); st != smpp.ESME_ROK {
			t.Error(st)
		}
		linksUp(t, conns)
		for _, conn := range conns {
			conn.Close()
		}
	}
	eventually(t, "all to be gone", func() bool {
		now := gauges(t, r.admin)
		return now["geogate_sessions"] == 1 && now["process_open_fds"] < before["process_open_fds"]+20
	})
}

// bindAll binds n ESMEs at the same time.
func bindAll(t *testing.T, addr string, n int) []net.Conn {
	t.Helper()
	bind := smpp.BindRequest{SystemID: []byte("acme"), InterfaceVersion: 0x34}
	pdu := bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1})
	conns := make([]net.Conn, n)
	var all sync.WaitGroup
	for i := range conns {
		all.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Error(err)
				return
			}
			conn.SetDeadline(time.Now().Add(patience))
			if conns[i] = conn; !asks(conn, pdu) {
				t.Errorf("ESME %d is not bound", i)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return conns
}

// linksUp has every ESME ask whether the link is up.
func linksUp(t *testing.T, conns []net.Conn) {
	t.Helper()
	var all sync.WaitGroup
	for i, conn := range conns {
		all.Go(func() {
			conn.SetDeadline(time.Now().Add(patience))
			if !asks(conn, smpp.AppendHeader(nil, smpp.IDEnquireLink, smpp.ESME_ROK, 2)) {
				t.Errorf("ESME %d has no link", i)
			}
		})
	}
	all.Wait()
}

// asks sends a request and reports whether its answer is ESME_ROK.
func asks(conn net.Conn, request smpp.Frame) bool {
	if _, err := conn.Write(request); err != nil {
		return false
	}
	f, err := smpp.ReadFrame(conn, nil, 1000)
	return err == nil && f.ID() == request.ID().Response() && f.Status() == smpp.ESME_ROK && f.Sequence() == request.Sequence()
}
