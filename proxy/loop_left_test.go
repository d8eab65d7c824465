//go:build linux

package proxy

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestGivenBackIsNotWatched drains a session whose message centre is silent: the loop, which has given it
// back, is told of nothing any more. What it were told of and nobody reads would keep it spinning.
func TestGivenBackIsNotWatched(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Behave: silentOn(smpp.IDSubmitSM)}, nil)
	e := r.trx()
	want(t, e, header(smpp.IDEnquireLink, 7), smpp.IDEnquireLinkResp, smpp.ESME_ROK)
	send(t, e, submit(8, open))
	r.mc.Received()
	if n := watched(t, r.srv); n != 2 {
		t.Fatalf("%d connections are watched, want 2", n)
	}
	r.srv.mu.Lock()
	for p := range r.srv.pairs {
		p.drain(Drained)
	}
	r.srv.mu.Unlock()
	for end := time.Now().Add(patience); watched(t, r.srv) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections are still watched", watched(t, r.srv))
		}
	}
	if sessions := r.srv.Sessions(); len(sessions) != 1 {
		t.Fatalf("the session has ended: %v", sessions)
	}
}

// watched counts the connections that the loops of a server are told of.
func watched(t *testing.T, s *Server) (n int) {
	t.Helper()
	s.loops.mu.Lock()
	defer s.loops.mu.Unlock()
	for _, l := range s.loops.list {
		info, err := os.ReadFile(fmt.Sprint("/proc/self/fdinfo/", l.poll))
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(info), "tfd:") - 1 // the bell
	}
	return n
}

// TestClosedTwice closes a server twice, and another has got the number of one of its bells in between: nothing
// is written there. It is not parallel: others would take the number.
func TestClosedTwice(t *testing.T) {
	r := newRig(t, smpptest.MCOptions{}, nil)
	linkUp(t, r.trx())
	bell := r.srv.loops.list[0].bell
	r.srv.Close()
	var others []int
	defer func() {
		for _, fd := range others {
			unix.Close(fd)
		}
	}()
	for len(others) < 1000 && !slices.Contains(others, bell) {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, fd)
	}
	r.srv.Close()
	if _, err := unix.Read(bell, make([]byte, 8)); err != unix.EAGAIN {
		t.Fatalf("reading what has the bell's number now: %v, want %v", err, unix.EAGAIN)
	}
}
