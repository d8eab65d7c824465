package proxy

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestArrivalLimits(t *testing.T) {
	t.Parallel()
	here, there := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	now := time.Unix(1_800_000_000, 0)
	type step struct {
		addr  netip.Addr
		after time.Duration
		want  Cause // 0: it comes in
	}
	for name, test := range map[string]struct {
		limits ArrivalLimits
		steps  []step
	}{
		"none": {ArrivalLimits{}, []step{{here, 0, 0}, {here, 0, 0}, {here, 0, 0}}},
		"per address": {ArrivalLimits{PerAddress: 2},
			[]step{{here, 0, 0}, {here, 0, 0}, {here, 0, TooManyFromAddress}, {there, 0, 0}}},
		"unbound": {ArrivalLimits{Unbound: 2}, []step{{here, 0, 0}, {there, 0, 0}, {there, 0, TooManyUnbound}}},
		"rate": {ArrivalLimits{Rate: 2}, []step{{here, 0, 0}, {here, 0, 0}, {here, 0, TooFast}, {there, 0, 0},
			{here, 500 * time.Millisecond, 0}, {here, 0, TooFast}, {here, time.Hour, 0}, {here, 0, 0}, {here, 0, TooFast}}},
		"exempt": {ArrivalLimits{PerAddress: 1, Rate: 1, Exempt: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}},
			[]step{{here, 0, 0}, {here, 0, 0}, {there, 0, 0}, {there, 0, TooManyFromAddress}}},
		"one network": {ArrivalLimits{PerAddress: 1}, []step{{netip.MustParseAddr("2001:db8::1"), 0, 0},
			{netip.MustParseAddr("2001:db8::2"), 0, TooManyFromAddress}, {netip.MustParseAddr("2001:db8:1::1"), 0, 0}}},
	} {
		s, at := newSources(), now
		for i, step := range test.steps {
			at = at.Add(step.after)
			if cause, ok := s.arrive(step.addr, &test.limits, at); ok != (step.want == 0) || !ok && cause != step.want {
				t.Errorf("%s, step %d: %v %v, want %v", name, i+1, ok, cause, step.want)
			}
		}
	}
}

// TestConformanceC18OneAddress limits what one address may do: the connection that is one too many ends without a
// word, those that are there do not notice, and one that ends makes room.
func TestConformanceC18OneAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.Arrivals = ArrivalLimits{PerAddress: 2, Unbound: 1} })
	first := r.trx()
	waiting := dialTCP(t, r.addr)
	r.wait(t, "the second connection", func() bool { return len(r.srv.Sessions()) == 2 })
	wantNothing(t, dialTCP(t, r.addr))
	if end := r.ended(t, 1); end.Cause != TooManyUnbound {
		t.Error(end)
	}
	wantBind(t, over(t, waiting), "acme", "", smpp.ESME_ROK)
	wantNothing(t, dialTCP(t, r.addr))
	if end := r.ended(t, 2); end.Cause != TooManyFromAddress {
		t.Error(end)
	}
	want(t, first, submit(7, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	first.Close()
	r.ended(t, 3)
	r.trx()
	if got := r.srv.admission.sources.unbound; got != 0 {
		t.Errorf("%d unbound connections are counted", got)
	}
}

// TestConformanceC18GlobalLimit refuses new binds over a limit on all, for now; those that are bound stay.
func TestConformanceC18GlobalLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.MaxBinds = 1 })
	first := r.trx()
	e := r.dial()
	wantBind(t, e, "acme", "", smpp.ESME_RSYSERR)
	want(t, first, submit(7, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	first.Close()
	r.ended(t, 1)
	wantBind(t, e, "acme", "", smpp.ESME_ROK)
}

// TestThroughputIsTheCredentials has two sessions of one credential share its throughput.
func TestThroughputIsTheCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission()
		g := grant{systemID: "acme", account: "acme"}
		cfg := newSettings(Config{})
		for range 2 {
			a.reserve(cfg, &g)
		}
		one, other := a.limiter("acme", 20), a.limiter("acme", 20)
		if !one.AllowN(time.Now(), 20) || other.Allow() {
			t.Error("two sessions have twice the throughput")
		}
		if time.Sleep(time.Second); !other.AllowN(time.Now(), 20) {
			t.Error("a second later there is nothing")
		}
		a.release(&g)
		if a.limiter("acme", 20) != one {
			t.Error("the session that stays has another one")
		}
		a.release(&g)
		if len(a.limiters) != 0 {
			t.Error("the last session leaves something behind")
		}
	})
}
