package main

import (
	"math"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestQuotasAddUp(t *testing.T) {
	t.Parallel()
	f := mustParse(t, "--count", "1003", "--binds", "10")
	total := 0
	for i := range 10 {
		total += newPace(f, i, nil).quota
	}
	if total != 1003 {
		t.Errorf("%d messages", total)
	}
}

func TestClosedLoop(t *testing.T) {
	t.Parallel()
	p := newPace(mustParse(t, "--count", "5"), 0, nil)
	if n, wait := p.due(0, 2); n != 3 || wait != math.MaxInt64 {
		t.Errorf("%d due, wait %s", n, wait)
	}
	if n, _ := p.due(0, 5); n != 0 || !p.finished(0, 5) || p.finished(0, 4) {
		t.Error("the quota does not end it")
	}
	if p.unsent(2) != 3 {
		t.Error("unsent")
	}
	timed := newPace(mustParse(t, "--duration", "1s"), 0, nil)
	if n, _ := timed.due(time.Second, 9); n != 0 || !timed.finished(time.Second, 9) || timed.unsent(9) != 0 {
		t.Error("the duration does not end it")
	}
	if n, _ := timed.due(time.Second-1, 9); n == 0 {
		t.Error("it ends too early")
	}
}

func TestOpenLoop(t *testing.T) {
	t.Parallel()
	// 100 a second over 2 binds: each every 20 ms, the second 10 ms after the first.
	second := newPace(mustParse(t, "--rate", "100", "--binds", "2", "--duration", "1s"), 1, nil)
	for _, c := range []struct {
		now  time.Duration
		sent int
		due  int
		wait time.Duration
	}{
		{0, 0, 0, 10 * time.Millisecond},
		{10 * time.Millisecond, 0, 1, 20 * time.Millisecond},
		{15 * time.Millisecond, 1, 0, 15 * time.Millisecond},
		{500 * time.Millisecond, 1, 24, 10 * time.Millisecond},
		{2 * time.Second, 1, 49, 0},
	} {
		if n, wait := second.due(c.now, c.sent); n != c.due || wait != c.wait {
			t.Errorf("at %s with %d sent: %d due, wait %s; want %d, %s", c.now, c.sent, n, wait, c.due, c.wait)
		}
	}
	if at := second.dueAt(3, time.Hour); at != 70*time.Millisecond {
		t.Errorf("message 3 is due at %s", at)
	}
}

func TestStopEndsTheQuota(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	p := newPace(mustParse(t, "--count", "100"), 0, stop)
	close(stop)
	if n, _ := p.due(0, 30); n != 0 || !p.finished(0, 30) || p.unsent(30) != 0 {
		t.Errorf("%d due after the stop", n)
	}
}

// TestCoordinatedOmission stalls the first answer of a bind with window 1 for 400 ms, at 500 messages a
// second: nearly all messages are sent late, which the time from sending does not show and the time from
// being due does.
func TestCoordinatedOmission(t *testing.T) {
	t.Parallel()
	stall := nth(1, func(smpp.Frame) smpptest.Action { return smpptest.Action{Delay: 400 * time.Millisecond} })
	r := loadMC(t, smpptest.MCOptions{Behave: stall}, "--rate", "500", "--count", "200", "--window", "1")
	if !r.OK {
		t.Fatalf("%+v", r)
	}
	if all, service := r.Latency["all"], r.Latency["service"]; all.P50 < 100_000 || service.P50 > all.P50/2 {
		t.Errorf("p50 %f from due, %f from sending", all.P50, service.P50)
	}
}

// TestIdleLinkSleeps: a link that has nothing to send and waits for nothing is not woken, but for the end.
func TestIdleLinkSleeps(t *testing.T) {
	t.Parallel()
	f := mustParse(t, "--rate", "0.001", "--binds", "2", "--duration", "1h")
	l := &load{flags: f, start: time.Now(), latencies: newLatencies(f)}
	k := &link{load: l, number: 1, pace: newPace(f, 1, nil), ledger: newLedger(2, false)}
	if wait := k.fill(); len(k.buf) > 0 || wait < 15*time.Minute || wait > 17*time.Minute {
		t.Errorf("it sleeps %v, %d octets to write; its message is due after 1000 s", wait, len(k.buf))
	}
	k.ledger.add(message{})
	if wait := k.fill(); wait > expireEvery {
		t.Errorf("an answer is due, and it sleeps %v", wait)
	}
}
