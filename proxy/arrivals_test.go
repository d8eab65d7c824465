package proxy

import (
	"net/netip"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestArrivalLimits(t *testing.T) {
	t.Parallel()
	here, there, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
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
		"unbound": {ArrivalLimits{Unbound: 2}, []step{{here, 0, 0}, {there, 0, 0}, {other, 0, TooManyUnbound}}},
		"unbound, of one address": {ArrivalLimits{Unbound: 8},
			[]step{{here, 0, 0}, {here, 0, 0}, {here, 0, TooManyUnbound}, {there, 0, 0}}},
		"rate": {ArrivalLimits{Rate: 2}, []step{{here, 0, 0}, {here, 0, 0}, {here, 0, TooFast}, {there, 0, 0},
			{here, 500 * time.Millisecond, 0}, {here, 0, TooFast}, {here, time.Hour, 0}, {here, 0, 0}, {here, 0, TooFast}}},
		"one network": {ArrivalLimits{PerAddress: 1}, []step{{netip.MustParseAddr("2001:db8::1"), 0, 0},
			{netip.MustParseAddr("2001:db8::2"), 0, TooManyFromAddress}, {netip.MustParseAddr("2001:db8:1::1"), 0, 0}}},
	} {
		s, at := newSources(), now
		for i, step := range test.steps {
			at = at.Add(step.after)
			if cause, ok := s.arrive(SourceOf(netip.AddrPortFrom(step.addr, 1)), &test.limits, at); ok != (step.want == 0) || !ok && cause != step.want {
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

// TestExemptAddressTakesNoPlace has connections of an exempt address leave the places to others.
func TestExemptAddressTakesNoPlace(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) {
		c.Arrivals = ArrivalLimits{PerAddress: 1, Unbound: 1, Rate: 1, Exempt: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	})
	for range 5 {
		defer dialTCP(t, r.addr).Close()
	}
	r.trx()
	sources := r.srv.admission.sources
	sources.mu.Lock()
	defer sources.mu.Unlock()
	if sources.unbound != 0 || len(sources.list) != 0 {
		t.Errorf("%d waiting, %d addresses", sources.unbound, len(sources.list))
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
