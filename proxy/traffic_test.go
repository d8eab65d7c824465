package proxy

import (
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestTraffic counts the octets of a session while it lives and once it has ended, and times one of 16 batches, whether
// anybody hears of what is forwarded or not.
func TestTraffic(t *testing.T) {
	t.Parallel()
	t.Run("all", func(t *testing.T) { t.Parallel(); carries(t, false) })
	t.Run("refusals only", func(t *testing.T) { t.Parallel(); carries(t, true) })
}

func carries(t *testing.T, refusalsOnly bool) {
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.RefusalsOnly = refusalsOnly })
	e := r.trx()
	const rounds = 2*timedBatches + 1
	var sum Traffic
	for seq := uint32(100); seq < 100+rounds; seq++ {
		request := submit(seq, open)
		answer := want(t, e, request, smpp.IDSubmitSMResp, smpp.ESME_ROK)
		sum.FromESME += uint64(len(request))
		sum.FromMC += uint64(len(answer))
	}
	sum.ToMC, sum.ToESME = sum.FromESME, sum.FromMC
	refused := submit(1000, closed)
	sum.FromESME += uint64(len(refused))
	sum.ToESME += uint64(len(want(t, e, refused, smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)))
	r.watcher.wait(t, "three batches to be timed", func() bool { return len(r.timed) >= 3 })
	for _, timing := range r.timed {
		if timing.Added <= 0 || timing.Decision <= 0 || timing.Decision > timing.Added {
			t.Errorf("%+v", timing)
		}
	}
	if len(r.timed) != 3 {
		t.Errorf("%d batches were timed", len(r.timed))
	}
	e.Close()
	r.ended(t, 1)
	if got := r.srv.Traffic(); got != sum {
		t.Errorf("%+v, want %+v", got, sum)
	}
}
