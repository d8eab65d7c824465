package proxy

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"geogate/rules"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestThroughputIsTheCredentials has two sessions of one credential share its throughput, and a credential that
// comes back find what it left.
func TestThroughputIsTheCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission()
		one, other := a.bucket("acme", 20), a.bucket("acme", 20)
		if !one.AllowN(time.Now(), 20) || other.Allow() {
			t.Error("two sessions have twice the throughput")
		}
		for i := range 3 * fewBuckets {
			a.bucket(fmt.Sprint("other", i), 20)
		}
		if a.bucket("acme", 20).Allow() {
			t.Error("who binds again has a new one")
		}
		if time.Sleep(time.Second); !other.AllowN(time.Now(), 20) {
			t.Error("a second later there is nothing")
		}
		if a.bucket("acme", 40) != one || one.Burst() != 40 || one.Limit() != 40 {
			t.Error("another limit needs another bucket")
		}
	})
}

// TestFullBucketsAreForgotten bounds the buckets by those in use.
func TestFullBucketsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission()
		used := grant{systemID: "used", account: "used"}
		a.reserve(newSettings(Config{}), &used)
		kept := a.bucket("used", 1)
		for i := range 100 * fewBuckets {
			a.bucket(fmt.Sprint(i), 1).Allow()
			time.Sleep(time.Second)
		}
		if len(a.buckets.list) > 4*fewBuckets {
			t.Errorf("%d buckets are kept", len(a.buckets.list))
		}
		if a.bucket("used", 1) != kept {
			t.Error("a bucket in use was forgotten")
		}
	})
}

// part is a submit_sm that is one part of a long message, by its user data header.
func part(seq uint32, dest string, ref, total, number byte) smpp.Frame {
	sm := smpp.SubmitSM{
		Dest:     smpp.Address{TON: 1, NPI: 1, Addr: []byte(dest)},
		ESMClass: 0x40, ShortMessage: append([]byte{5, 0, 3, ref, total, number}, "text"...),
	}
	return sm.Append(nil, smpp.Header{Sequence: seq})
}

// handedOn runs frames through the desk, one batch each, and returns how many were handed on.
func (d *desk) handedOn(t *testing.T, frames ...smpp.Frame) (n int) {
	t.Helper()
	for _, f := range frames {
		before := len(d.esme.got)
		d.in.put(f)
		d.takeBatch()
		d.fwd.reset()
		if len(d.esme.got) == before {
			n++
		}
	}
	return n
}

// TestLongMessageComesThroughWhole lets the last token of a bucket carry all parts of a message, in any order and
// with others between them; what they cost beyond it, later messages wait for.
func TestLongMessageComesThroughWhole(t *testing.T) {
	w := with(map[string]string{"tps": "10"})
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, w, true)
		for seq := range uint32(9) {
			d.handedOn(t, submit(seq+1, open))
		}
		var parts []smpp.Frame
		for number := byte(20); number > 0; number-- {
			parts = append(parts, part(uint32(100+number), open, 7, 20, number))
		}
		if got := d.handedOn(t, slices.Concat(parts[:5])...); got != 5 {
			t.Fatalf("%d of 5 parts", got)
		}
		for name, f := range map[string]smpp.Frame{
			"alone": submit(50, open), "of another message": part(51, open, 8, 20, 1),
			"to another": part(52, open2, 7, 20, 1), "of another length": part(53, open, 7, 19, 1),
		} {
			if d.handedOn(t, f) != 0 {
				t.Errorf("a message %s goes through", name)
			}
		}
		if got := d.handedOn(t, parts[5:]...); got != 15 {
			t.Fatalf("%d of the other 15 parts", got)
		}
		if d.handedOn(t, parts[0]) != 0 {
			t.Error("a twenty-first part of 20 goes through")
		}
		if time.Sleep(1900 * time.Millisecond); d.handedOn(t, submit(60, open)) != 0 {
			t.Error("the debt is not paid")
		}
		if time.Sleep(300 * time.Millisecond); d.handedOn(t, submit(61, open)) != 1 {
			t.Error("the debt is paid twice")
		}
	})
}

// TestManyLongMessages bounds what may go into debt: long messages that only begin need a token each.
func TestManyLongMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, with(map[string]string{"tps": "10"}), true)
		got := 0
		for ref := range byte(200) {
			got += d.handedOn(t, part(uint32(ref)+1, open, ref, 2, 1))
		}
		if got != 10 {
			t.Errorf("%d of 10", got)
		}
	})
}

// TestThroughputOfAll refuses what is over the limit of all sessions, sheds binds before that, and takes another
// limit at once, also for sessions that live.
func TestThroughputOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, Config{MaxTPS: 20}, Upstream{Addrs: []string{"a:1"}})
		one, st, _ := f.bind()
		other, _, _ := f.bind()
		if st != smpp.ESME_ROK {
			t.Fatal(st)
		}
		for seq := range uint32(11) {
			want(t, []*smpptest.ESME{one, other}[seq%2], submit(100+seq, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
		}
		if _, st, _ := f.bind(); st != smpp.ESME_RSYSERR {
			t.Errorf("a bind more than half way to the limit: %v", st)
		}
		for seq := range uint32(9) {
			want(t, other, submit(200+seq, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
		}
		want(t, one, submit(300, open), smpp.IDSubmitSMResp, smpp.ESME_RTHROTTLED)
		if f.reasons[rules.Throttled] != 1 {
			t.Error(f.reasons)
		}
		cfg := f.srv.settings.Load().Config
		cfg.MaxTPS = 0
		if err := f.srv.Reconfigure(cfg); err != nil {
			t.Fatal(err)
		}
		want(t, one, submit(301, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
		if _, st, _ := f.bind(); st != smpp.ESME_ROK {
			t.Error(st)
		}
	})
}
