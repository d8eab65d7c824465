package main

import (
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"geogate/config"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestRecordStream refuses a message, which Redis is told of, and another while Redis takes nothing: that one is in the
// file, and counted.
func TestRecordStream(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	redis.HSet("geo:account:acme", "home", "GB")
	const key = "geogate:record"
	n := startNode(t, redis, func(c *config.Config) {
		c.Record.Dir, c.Record.Node, c.Record.Stream = t.TempDir(), "gw1", key
	})
	until(t, "the policy", func() bool { return n.store.Policy() != nil })
	esme, err := smpptest.Dial(t.Context(), n.doors[0].listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer esme.Close()
	if st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "acme", "secret"); st != smpp.ESME_ROK || err != nil {
		t.Fatal(st, err)
	}
	refuse := func(number string) {
		t.Helper()
		sm := smpp.SubmitSM{Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte(number)}}
		if st, _, err := esme.Submit(t.Context(), sm); err != nil || st != smpp.ESME_RINVDSTADR {
			t.Fatal(st, err)
		}
	}
	streamed := func(number string) bool {
		entries, _ := redis.Stream(key)
		for _, e := range entries {
			if e.Values[0] == "line" && strings.Contains(e.Values[1], `"number":"+`+number+`"`) {
				return true
			}
		}
		return false
	}
	refuse("33612345678")
	until(t, "the refusal in the stream", func() bool { return streamed("33612345678") })
	before := n.stream.lost.Load()
	redis.SetError("READONLY for a while")
	refuse("33612345679")
	until(t, "the line to be counted as lost", func() bool { return n.stream.lost.Load() > before })
	redis.SetError("")
	refuse("33612345670")
	until(t, "the next refusal in the stream", func() bool { return streamed("33612345670") })
	if streamed("33612345679") || n.record.Stats().Lost > 0 || n.record.Stats().Written < 3 {
		t.Errorf("the record is %+v", n.record.Stats())
	}
	if problems, err := testutil.GatherAndLint(n.metrics.registry); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
	if n.logs.FilterMessage("Redis takes the record's lines again").Len() != 1 {
		t.Errorf("the log says %v", n.logs.All())
	}
}
