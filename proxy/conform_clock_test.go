package proxy

import (
	"sync/atomic"
	"testing"
	"time"

	"geogate/rules"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestConformanceF45ClockJumps sets the wall clock forward by a day and back by two: rules follow it at once, and
// the session, whose timers run on the monotonic clock, does not notice.
func TestConformanceF45ClockJumps(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_800_000_000, 0)
	var jumped atomic.Int64
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) {
		c.Inactivity = time.Hour
		c.Now = func() time.Time { return start.Add(time.Duration(jumped.Load())) }
	})
	until := start.Add(time.Hour).UTC().Format(time.RFC3339)
	r.give(t, rules.Written{Accounts: map[string]map[string]string{"acme": {"home": "GB", "FR": "allow until=" + until}}})
	e := r.trx()
	want(t, e, submit(101, closed), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	jumped.Store(int64(24 * time.Hour))
	want(t, e, submit(102, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	want(t, e, submit(103, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	jumped.Store(int64(-24 * time.Hour))
	want(t, e, submit(104, closed), smpp.IDSubmitSMResp, smpp.ESME_ROK)
	linkUp(t, e)
	if s := r.srv.Sessions(); len(s) != 1 || s[0].State != BoundTRX {
		t.Error(s)
	}
}
