package store

import (
	"context"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// polling follows a server without tracking, and waits until what it holds is in force.
func polling(t *testing.T, server *miniredis.Miniredis) *followed {
	t.Helper()
	f := follow(t, quick("redis://"+server.Addr()))
	f.until("polling", func() bool {
		status := f.Status()
		return status.Mode == Polling && status.Source == FromRedis
	})
	return f
}

// TestPolling follows a server that knows no tracking.
func TestPolling(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	server.HSet("geo:meta", "schema", "1")
	server.HSet("geo:account:acme", "home", "GB")
	server.HSet("geo:account:beta", "home", "FR")
	f := polling(t, server)
	if why := f.Status().PollingBecause; why == "" {
		t.Error("polling for no reason")
	}
	server.HSet("geo:account:acme", "FR", "allow")
	f.wantAllowed("acme", toFR, true)
	server.HDel("geo:account:acme", "FR")
	f.wantAllowed("acme", toFR, false)
	server.Del("geo:account:beta")
	f.until("beta to be gone", func() bool { return f.Policy().Account("beta") == nil })
	server.Set("geo:account:odd", "string")
	f.until("the fault", func() bool { return len(f.Status().Faults) == 1 })

	server.FlushAll()
	f.until("the loss not to be believed", func() bool { return f.Status().Held != nil })
	if !f.allows("acme", toGB) {
		t.Error("acme is gone")
	}
	server.HSet("geo:meta", "schema", "1")
	server.HSet("geo:account:acme", "home", "FR")
	f.wantAllowed("acme", toFR, true)
	if repairs := f.Status().Repairs; repairs != 0 {
		t.Errorf("%d repairs: polling repairs nothing", repairs)
	}
}

func TestConformanceE35PollingOutage(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	server.HSet("geo:account:acme", "home", "GB")
	f := polling(t, server)
	server.SetError("ERR out of order")
	f.until("the loss to be noticed", func() bool { return f.Status().Mode == Away })
	if status := f.Status(); !f.allows("acme", toGB) || !strings.Contains(status.Problem, "out of order") {
		t.Errorf("status %+v", status)
	}
	server.HSet("geo:account:acme", "FR", "allow")
	server.SetError("")
	f.wantAllowed("acme", toFR, true)
	f.until("polling again", func() bool { return f.Status().Mode == Polling })
}

// TestPollingLastRuleOfThePlatform takes it away by plain HDEL: between two reads of a server that was there all the
// time that is a change like any other.
func TestPollingLastRuleOfThePlatform(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	server.HSet("geo:account:acme", "home", "GB")
	server.HSet("geo:platform", "GB", "lock")
	f := polling(t, server)
	f.wantAllowed("acme", toGB, false)
	server.HDel("geo:platform", "GB")
	f.wantAllowed("acme", toGB, true)
}

// TestPollingSeesMultiTogether moves an allow between two accounts, as TestConformanceE38MultiIsSeenTogether does.
func TestPollingSeesMultiTogether(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	server.HSet("geo:account:acme", "home", "GB", "FR", "block")
	server.HSet("geo:account:beta", "home", "GB", "FR", "allow")
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), DisableIdentity: true})
	defer client.Close()
	f := polling(t, server)
	ctx, words := context.Background(), [2]string{"allow", "block"}
	for i := range 10 {
		_, err := client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.HSet(ctx, "geo:account:acme", "FR", words[i%2])
			pipe.HSet(ctx, "geo:account:beta", "FR", words[1-i%2])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		f.until("the change", func() bool {
			p := f.Policy()
			acme, beta := allows(p, "acme", toFR), allows(p, "beta", toFR)
			if acme == beta {
				t.Fatalf("round %d: half of a MULTI", i)
			}
			return acme == (i%2 == 0)
		})
	}
}
