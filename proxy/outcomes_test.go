package proxy

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"geogate/rules"
	"geogate/rules/numplan"
	"geogate/smpp"
)

// counts is an Observer that adds up what it is told by the decision and by the batch.
type counts struct {
	NopObserver
	decided, counted map[Outcome]int
	told             int // how often Counted was called
}

func (c *counts) Decided(_ *Session, _ *Message, d *rules.Decision) {
	c.decided[Outcome{d.Verdict, d.Reason, d.Number.Region, d.Monitored}]++
}

func (c *counts) Counted(_ *Session, o Outcome, n int) {
	c.counted[o] += n
	c.told++
}

// TestCounted: every decision is counted, once a batch for each kind, and in parts where the kinds are many.
func TestCounted(t *testing.T) {
	t.Parallel()
	dests := []string{"447400123456", "33612345678", "4915123456789", "34612345678", "393123456789", "48512345678",
		"31612345678", "32470123456", "436641234567", "41781234567", "46701234567", "351912345678", "353850123456",
		"4520123456", "358412345678", "4740612345", "306912345678", "420601123456", "12"}
	if len(dests) <= outcomeKinds {
		t.Fatal("there is room for all of them")
	}
	w := acme()
	for _, region := range numplan.Regions() {
		w.Accounts["acme"][region.String()] = "allow"
	}
	w.Accounts["acme"]["status"] = "monitor"
	w.Accounts["acme"]["ES"] = "block"
	c := &counts{decided: map[Outcome]int{}, counted: map[Outcome]int{}}
	d := newDesk(t, w, false)
	d.cfg.Observer = c
	for _, batch := range []struct{ kinds, told int }{{1, 1}, {8, 8}, {len(dests), len(dests)}} {
		c.told = 0
		var stream []byte
		for seq := range uint32(5 * batch.kinds) { // each kind five times in a row
			stream = append(stream, submit(seq+1, dests[seq/5])...)
		}
		d.in.put(stream)
		d.takeBatch()
		d.fwd.reset()
		if c.told != batch.told {
			t.Errorf("%d kinds: told %d times", batch.kinds, c.told)
		}
	}
	if !maps.Equal(c.counted, c.decided) || len(c.counted) != len(dests) {
		t.Errorf("counted %v, decided %v", c.counted, c.decided)
	}
	if monitored := (Outcome{rules.Forward, rules.RuleRegion, region(t, "ES"), true}); c.counted[monitored] == 0 {
		t.Errorf("nothing monitored: %v", slices.Collect(maps.Keys(c.counted)))
	}
}

// TestRefusalsOnly: what is simply forwarded is counted and not told of; refusals and what is being monitored are.
func TestRefusalsOnly(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"active", "monitor"} {
		w := acme()
		w.Accounts["acme"]["status"] = status
		c := &counts{decided: map[Outcome]int{}, counted: map[Outcome]int{}}
		d := newDesk(t, w, false)
		d.cfg.Observer, d.cfg.RefusalsOnly = c, true
		d.in.put(slices.Concat(submit(1, open), submit(2, closed), submit(3, open)))
		d.takeBatch()
		counted := maps.Clone(c.counted)
		maps.DeleteFunc(counted, func(o Outcome, _ int) bool { return o.Verdict == rules.Forward && !o.Monitored })
		if len(c.counted) != 2 || len(counted) != 1 || !maps.Equal(c.decided, counted) {
			t.Errorf("%s: counted %v, told of %v", status, c.counted, c.decided)
		}
	}
}

func region(t *testing.T, code string) numplan.Region {
	r, ok := numplan.ParseRegion(code)
	if !ok {
		t.Fatal(code)
	}
	return r
}

// TestBrief: whether anybody hears of forwards changes nothing of what becomes of messages, and of how they are counted.
func TestBrief(t *testing.T) {
	t.Parallel()
	stream := raw(smpp.IDSubmitSM, 99, "\x00\x01")
	for i, dest := range []string{open, closed, open, "+" + open, "00" + open, "44" + "07400123456", "12", "x", closed, open} {
		stream = append(stream, submit(uint32(i+1), dest)...)
	}
	locked := acme()
	locked.Platform = map[string]string{"+4474001": "lock"}
	monitored, suspended := acme(), acme()
	monitored.Accounts["acme"]["status"], suspended.Accounts["acme"]["status"] = "monitor", "suspended"
	for name, w := range map[string]rules.Written{
		"as it is": acme(), "monitored": monitored, "suspended": suspended, "locked": locked,
		"limited": with(map[string]string{"account": "acme", "tps": "2"}),
	} {
		var got [2]string
		for i, brief := range []bool{false, true} {
			c := &counts{decided: map[Outcome]int{}, counted: map[Outcome]int{}}
			d := newDesk(t, w, true)
			d.cfg.Observer, d.cfg.RefusalsOnly = c, brief
			d.cfg.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
			for range 3 { // the first one is timed
				d.in.put(stream)
				d.takeBatch()
				d.fwd.reset()
			}
			info := d.info()
			got[i] = fmt.Sprintf("%x, %x, %v, %d requests, %d forwarded, %d in flight, the last is %d",
				d.mc.got, d.esme.got, c.counted, info.Requests, info.Forwarded, info.InFlight, d.lastSeq)
		}
		if got[0] != got[1] {
			t.Errorf("%s: recorded %s, brief %s", name, got[0], got[1])
		}
	}
}
