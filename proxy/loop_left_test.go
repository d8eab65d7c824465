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
func watched(t *testing.T, s *Server) int { return len(interests(t, s)) }

// pending reports whether a connection has not taken all that a loop has for it.
func (r *rig) pending(t *testing.T) bool {
	return slices.ContainsFunc(interests(t, r.srv), func(events uint32) bool { return events&unix.EPOLLOUT != 0 })
}

// interests are the events that the loops of a server wait for, of each connection.
func interests(t *testing.T, s *Server) (list []uint32) {
	t.Helper()
	s.loops.mu.Lock()
	defer s.loops.mu.Unlock()
	for _, l := range s.loops.list {
		info, err := os.ReadFile(fmt.Sprint("/proc/self/fdinfo/", l.poll))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(info)) {
			var fd int
			var events uint32
			if n, _ := fmt.Sscanf(line, "tfd: %d events: %x", &fd, &events); n == 2 && fd != l.bell {
				list = append(list, events)
			}
		}
	}
	return list
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
