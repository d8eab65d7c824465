package proxy

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func nobodyAside(string) bool { return false }

// addrsOf are the addresses of choices, in order.
func addrsOf(lists ...[]choice) string {
	text := ""
	for i, list := range lists {
		if i > 0 {
			text += "|"
		}
		for _, c := range list {
			text += c.addr
		}
	}
	return text
}

func newTestPool() *pool { return newPools().get("mc") }

// down is a connect that failed now.
func down() attempt { return attempt{began: time.Now(), err: errors.New("refused")} }

var testBackoff = backoff{time.Second, 30 * time.Second}

func TestWeightsShareTheBinds(t *testing.T) {
	t.Parallel()
	p := newTestPool()
	up := Upstream{Addrs: []string{"s", "a", "b", "z"}, Weights: map[string]int{"a": 3, "b": 1}}
	first := map[string]int{}
	for range 400 {
		ready, behind := p.order(up, nobodyAside, time.Now())
		first[ready[0].addr]++
		if text := addrsOf(ready, behind); text != "absz|" && text != "basz|" {
			t.Fatalf("order %s: those without a weight come behind, as they are written", text)
		}
	}
	if first["a"] != 300 || first["b"] != 100 {
		t.Errorf("of 400 binds %v", first)
	}
	ready, _ := p.order(Upstream{Addrs: []string{"x", "y"}}, nobodyAside, time.Now())
	if addrsOf(ready) != "xy" {
		t.Errorf("without weights the order is %s", addrsOf(ready))
	}
}

// TestWeightsOfWhatIsLeft takes one of three away: the others share its binds by their weights.
func TestWeightsOfWhatIsLeft(t *testing.T) {
	t.Parallel()
	p := newTestPool()
	up := Upstream{Addrs: []string{"a", "b", "c"}, Weights: map[string]int{"a": 5, "b": 2, "c": 1}}
	first := map[string]int{}
	for range 300 {
		ready, _ := p.order(up, func(addr string) bool { return addr == "a" }, time.Now())
		first[ready[0].addr]++
	}
	if first["a"] != 0 || first["b"] != 200 || first["c"] != 100 {
		t.Errorf("of 300 binds %v", first)
	}
}

func TestBackoffDoublesAndOneBindTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPool()
		up := Upstream{Addrs: []string{"a", "b"}}
		order := func() string { return addrsOf(p.order(up, nobodyAside, time.Now())) }
		order()
		a := p.at("a")
		for i, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
			want *= time.Second
			if fell := p.failed(a, down(), testBackoff); fell != (i == 0) {
				t.Errorf("failure %d: fell %v", i+1, fell)
			}
			wait := time.Until(a.until)
			if wait < want*8/10 || wait > want*12/10 {
				t.Errorf("after %d failures it waits %v, want %v give or take a fifth", i+1, wait, want)
			}
			time.Sleep(wait - time.Nanosecond)
			if got := order(); got != "b|a" {
				t.Fatalf("before its time the order is %s", got)
			}
			time.Sleep(time.Nanosecond)
			if got := order(); got != "ab|" {
				t.Fatalf("at its time the order is %s", got)
			}
			leave, ok := p.enter(a, time.Now())
			if _, second := p.enter(a, time.Now()); !ok || second {
				t.Fatalf("one bind tries: %v, another: %v", ok, second)
			}
			if got := order(); got != "b|a" {
				t.Fatalf("while one tries, the order for others is %s", got)
			}
			leave()
		}
		if !p.healthy(a) || p.healthy(a) || order() != "ab|" {
			t.Errorf("healthy again, the order is %s", order())
		}
	})
}

// TestFailuresTogetherAreOne lets 1,000 connects fail at the same moment: that is one failure, not a thousand.
func TestFailuresTogetherAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPool()
		a := p.at("a")
		try := down()
		time.Sleep(time.Second)
		for range 1000 {
			p.failed(a, try, testBackoff)
		}
		if a.failures != 1 || a.unreachable != 1000 {
			t.Errorf("%d failures, %d connects that failed", a.failures, a.unreachable)
		}
	})
}

// TestOneAccountsErrorIsItsOwn: a message centre that cannot serve one account just now stays healthy for the
// others, until a second one hears the same.
func TestOneAccountsErrorIsItsOwn(t *testing.T) {
	t.Parallel()
	p := newTestPool()
	a := p.at("a")
	busy := func(account string) bool {
		return p.failed(a, attempt{began: time.Now(), err: errors.New("busy"), account: account, reached: true, busy: true},
			testBackoff)
	}
	for range 3 {
		if busy("acme") {
			t.Error("one account's error took the address from everybody")
		}
	}
	p.healthy(a)
	if busy("beta") {
		t.Error("a bind that was taken is forgotten")
	}
	if !busy("acme") {
		t.Error("two accounts hear that it is busy, and it stays in front")
	}
}

// TestConcurrentDialsLearn gives a connect up as soon as another one to the same address has failed.
func TestConcurrentDialsLearn(t *testing.T) {
	t.Parallel()
	p := newTestPool()
	a, b := p.at("a"), p.at("b")
	var cancelled []string
	done := p.dialing(a, func(err error) { cancelled = append(cancelled, "a "+err.Error()) })
	p.dialing(b, func(error) { cancelled = append(cancelled, "b") })
	p.failed(a, attempt{began: time.Now(), err: errors.New("silent"), reached: true}, testBackoff)
	if len(cancelled) != 0 {
		t.Errorf("it was connected to, and yet %v", cancelled)
	}
	p.failed(a, down(), testBackoff)
	if len(cancelled) != 1 || cancelled[0] != "a "+errLearned.Error() {
		t.Errorf("cancelled: %v", cancelled)
	}
	done()
	if p.failed(a, down(), testBackoff); len(cancelled) != 1 {
		t.Errorf("a connect that is over was cancelled: %v", cancelled)
	}
}

func TestPoolsForgetWhatIsNotConfigured(t *testing.T) {
	t.Parallel()
	ps := newPools()
	for _, name := range []string{"mc", "old"} {
		ps.get(name).order(Upstream{Addrs: []string{"a", "b"}}, nobodyAside, time.Now())
	}
	p := ps.get("mc")
	p.failed(p.at("a"), down(), testBackoff)
	ps.keep(map[string]Upstream{"mc": {Addrs: []string{"a", "c"}}})
	if len(ps.byName) != 1 || len(p.byAddr) != 1 || p.byAddr["a"].failures != 1 {
		t.Errorf("kept %v, %v", ps.byName, p.byAddr)
	}
}
