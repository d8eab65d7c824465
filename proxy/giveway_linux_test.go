package proxy

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"

	"geogate/smpp"
)

// TestGivesWay: a loop that is behind gives way before it sleeps, but not behind a large read.
func TestGivesWay(t *testing.T) {
	t.Parallel()
	l, err := newLoop()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(l.poll)
	defer unix.Close(l.bell)
	gave := 0
	l.giveWay = func() { gave++ }
	l.ring()
	const behind = crowded * overRounds
	for i, round := range []struct{ recent, largest, gave int }{
		{behind, 0, 1}, {behind, little, 2}, {behind, little + 1, 2}, {behind, 0, 3}, {behind - 1, 0, 3},
	} {
		l.recent, l.largest = round.recent, max(l.largest, round.largest)
		l.control(unix.EPOLL_CTL_MOD, &socket{fd: l.bell}, unix.EPOLLIN) // it tells of the bell anew
		if n := l.wait(make([]unix.EpollEvent, 1)); n != 1 || gave != round.gave {
			t.Errorf("round %d: %d events, gave way %d times, want %d", i, n, gave, round.gave)
		}
	}
}

// TestBehind: a loop is behind when its rounds have had many events for a while, not when there were many once, as there
// are after a moment without the processor.
func TestBehind(t *testing.T) {
	t.Parallel()
	var l loop
	const always = 5 * overRounds
	for _, load := range []struct {
		events, rounds int
		behind         bool
	}{{1, always, false}, {2, always, false}, {crowded * 5, 5, false}, {crowded + 1, always, true}, {2, always, false}} {
		for range load.rounds {
			l.count(load.events)
		}
		if behind := l.recent >= crowded*overRounds; behind != load.behind {
			t.Errorf("rounds of %d events: behind %v", load.events, behind)
		}
	}
}

// TestLargestRead: a loop knows how much there was, plain or sealed.
func TestLargestRead(t *testing.T) {
	t.Parallel()
	few, many := submit(7, open), bytes.Repeat(submit(8, open), 20)
	t.Run("plain", func(t *testing.T) {
		t.Parallel()
		near, far := tcpPipe(t)
		d, s := newDesk(t, acme(), false), near.(*socket)
		d.in = newInbox(near, smpp.DefaultMaxPDU)
		d.in.bound()
		one := side{s, &flow{pair: d.pair, esme: s}, true}
		if err := s.detach(one.flow); err != nil {
			t.Fatal(err)
		}
		defer s.attach()
		for _, sent := range [][]byte{few, many} {
			far.Write(sent)
			unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}, -1)
			if octets, _, ok := one.receive(nil); octets != len(sent) || !ok {
				t.Errorf("read %d octets, want %d", octets, len(sent))
			}
			one.take()
		}
	})
	t.Run("sealed", func(t *testing.T) {
		t.Parallel()
		d := newSealedDesk(t, unix.SOCK_STREAM, false)
		for _, sent := range [][]byte{few, many} {
			sealed := d.peer.records(sent)
			d.say(t, sealed)
			if d.serve(t); d.loop.largest != len(sealed) {
				t.Errorf("largest read %d, want %d", d.loop.largest, len(sealed))
			}
		}
	})
}
