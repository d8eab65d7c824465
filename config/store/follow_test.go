package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"geogate/config/store/storetest"
)

func TestFirstHSETJustWorks(t *testing.T) {
	t.Parallel()
	server := storetest.Start(t)
	f := tracking(t, quick(server.URL()))
	if f.allows("acme", toGB) {
		t.Fatal("an empty Redis opens GB")
	}
	server.Do("HSET geo:account:acme home GB")
	f.wantAllowed("acme", toGB, true)
	server.Do("HSET geo:account:acme GB block")
	f.wantAllowed("acme", toGB, false)
	server.Do("DEL geo:account:acme")
	f.until("acme to be gone", func() bool { return f.Policy().Account("acme") == nil })
	if status := f.Status(); status.Held != nil || status.Repairs != 0 || status.Server == "" {
		t.Errorf("status %+v", status)
	}
}

// TestPlainHSETLatency prints how long a plain HSET takes to be in force with 1,000 accounts.
func TestPlainHSETLatency(t *testing.T) {
	server := storetest.Start(t)
	fill(t, server, 1000)
	f := tracking(t, quick(server.URL()))
	took := make([]time.Duration, 0, 1000)
	for i := range cap(took) {
		took = append(took, changeAndWait(f, server, "n"+strconv.Itoa(i), "FR", toFR))
	}
	slices.Sort(took)
	t.Logf("HSET to verdict, %d accounts: p50 %v, p99 %v, max %v", len(took), took[500], took[989], took[999])
	if repairs := f.Status().Repairs; repairs != 0 {
		t.Errorf("%d repairs", repairs)
	}
}

// changeAndWait opens a region for an account and returns how long it took to be in force.
func changeAndWait(f *followed, server *storetest.Server, id, region, digits string) time.Duration {
	began := time.Now()
	if err := server.Client().HSet(context.Background(), "geo:account:"+id, region, "allow").Err(); err != nil {
		f.t.Fatal(err)
	}
	f.wantAllowed(id, digits, true)
	return time.Since(began)
}

// BenchmarkPlainHSET is the same, for more accounts, one change after the other.
func BenchmarkPlainHSET(b *testing.B) {
	for _, accounts := range []int{1000, 100_000} {
		b.Run(strconv.Itoa(accounts), func(b *testing.B) {
			server := storetest.Start(b)
			fill(b, server, accounts)
			f := tracking(b, quick(server.URL()))
			n := 0
			for b.Loop() {
				region, digits := "FR", toFR
				if n/accounts > 0 {
					region, digits = "DE", toDE
				}
				changeAndWait(f, server, "n"+strconv.Itoa(n%accounts), region, digits)
				n++
			}
		})
	}
}

// fill writes n accounts n0, n1, ... at home in GB.
func fill(t testing.TB, server *storetest.Server, n int) {
	t.Helper()
	_, err := server.Client().Pipelined(context.Background(), func(pipe redis.Pipeliner) error {
		pipe.HSet(context.Background(), "geo:meta", "schema", 1)
		for i := range n {
			pipe.HSet(context.Background(), fmt.Sprintf("geo:account:n%d", i), "home", "GB")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestConformanceE38TwentyThousandChanges(t *testing.T) {
	t.Parallel()
	server := storetest.Start(t)
	fill(t, server, 1000)
	f := tracking(t, quick(server.URL()))
	began := time.Now()
	_, err := server.Client().Pipelined(context.Background(), func(pipe redis.Pipeliner) error {
		for i := range 20_000 {
			action := "allow"
			if i/1000%2 == 1 {
				action = "block"
			}
			pipe.HSet(context.Background(), fmt.Sprintf("geo:account:n%d", i%1000), "FR", action, "DE", "allow")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f.until("all to be in force", func() bool {
		for i := range 1000 {
			id := "n" + strconv.Itoa(i)
			if f.allows(id, toFR) || !f.allows(id, toDE) {
				return false
			}
		}
		return true
	})
	t.Logf("20,000 changes in force after %v, in %d swaps", time.Since(began), f.events.count(Swapped))
	if repairs := f.Status().Repairs; repairs != 0 {
		t.Errorf("%d repairs", repairs)
	}
}

// TestConformanceE38MultiIsSeenTogether moves an allow from one account to another and back: no policy has both.
func TestConformanceE38MultiIsSeenTogether(t *testing.T) {
	t.Parallel()
	for _, fullPass := range []time.Duration{time.Hour, 2 * time.Millisecond} {
		t.Run(fullPass.String(), func(t *testing.T) { moveAnAllow(t, fullPass) })
	}
}

func moveAnAllow(t *testing.T, fullPass time.Duration) {
	server := seeded(t)
	server.Do("HSET geo:account:acme FR block")
	opts := quick(server.URL())
	opts.FullPass = fullPass
	f := tracking(t, opts)
	ctx, rounds := context.Background(), 300
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < rounds && err == nil; i++ {
			words := [2]string{"allow", "block"}
			// A change of one of them, just before: it may be read with half of what follows.
			if err = server.Client().HSet(ctx, "geo:account:acme", "DE", words[i%2]).Err(); err != nil {
				break
			}
			_, err = server.Client().TxPipelined(ctx, func(pipe redis.Pipeliner) error {
				pipe.HSet(ctx, "geo:account:acme", "FR", words[i%2])
				pipe.HSet(ctx, "geo:account:beta", "FR", words[1-i%2])
				return nil
			})
		}
		done <- err
	}()
	torn, seen := 0, uint64(0)
	for running := true; running; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		case <-f.events.wake:
		}
		p := f.Policy()
		// Neither is open or both are: only between two halves of a MULTI.
		if p.Revision() != seen && p.Revision() > 1 && allows(p, "acme", toFR) == allows(p, "beta", toFR) {
			torn++
		}
		seen = p.Revision()
	}
	f.wantAllowed("beta", toFR, true)
	if torn > 0 {
		t.Errorf("%d policies show half of a MULTI", torn)
	}
}

func TestConformanceE37FaultyAccounts(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	f := tracking(t, quick(server.URL()))
	for _, c := range []struct{ fault, wrong, right string }{
		{"bad field", "HSET geo:account:acme NOPE allow GB block", "HDEL geo:account:acme NOPE"},
		{"bad value", "HSET geo:account:acme FR perhaps GB block", "HDEL geo:account:acme FR"},
		{"cycle", "HSET geo:account:acme parent acme GB block", "HDEL geo:account:acme parent"},
		{"one MiB", "HSET geo:account:acme GB block FR " + strings.Repeat("x", 1<<20), "HDEL geo:account:acme FR"},
		{"wrong type", "SET geo:account:acme oops", "DEL geo:account:acme"},
	} {
		server.Do("DEL geo:account:acme")
		f.until("acme to be gone", func() bool { return f.Policy().Account("acme") == nil })
		server.Do("HSET geo:account:acme home GB")
		f.wantAllowed("acme", toGB, true)
		server.Do(c.wrong)
		f.until(c.fault+" to be a fault", func() bool { return len(f.Status().Faults) > 0 })
		if fault := f.Status().Faults[0]; fault.Key != "account:acme" || fault.Problem == "" || fault.Cure == "" {
			t.Errorf("%s: fault %+v", c.fault, fault)
		}
		if !f.allows("acme", toGB) {
			t.Errorf("%s: the last good rules are gone", c.fault)
		}
		server.Do("HSET geo:account:beta DE allow")
		f.wantAllowed("beta", toDE, true)
		server.Do("HDEL geo:account:beta DE")
		f.wantAllowed("beta", toDE, false)
		server.Do(c.right)
		f.until(c.fault+" to be mended", func() bool { return len(f.Status().Faults) == 0 })
		f.wantAllowed("acme", toGB, false)
	}
}

func TestConformanceE37TenThousandRules(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	f := tracking(t, quick(server.URL()))
	fields := map[string]any{"FR": "allow"}
	for i := range 10_000 {
		fields[fmt.Sprintf("=+4479%08d", i)] = "block"
	}
	if err := server.Client().HSet(context.Background(), "geo:account:acme", fields).Err(); err != nil {
		t.Fatal(err)
	}
	server.Do("HSET geo:account:beta DE allow")
	f.wantAllowed("beta", toDE, true)
	f.until("a decision about the rules", func() bool {
		return f.allows("acme", toFR) || len(f.Status().Faults) > 0
	})
	if f.allows("acme", toFR) == f.allows("acme", "447900000001") {
		t.Errorf("FR %v, a blocked number %v", f.allows("acme", toFR), f.allows("acme", "447900000001"))
	}
}

// TestRepair changes data in a way that Redis does not tell: only a full pass can find it.
func TestRepair(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	server.Do("COPY geo:account:acme geo:account:acme DB 1")
	for _, key := range strings.Fields("meta account:beta account:c account:d account:e") {
		server.Do("COPY geo:" + key + " geo:" + key + " DB 1")
	}
	opts := quick(server.URL())
	opts.FullPass = 200 * time.Millisecond
	f := tracking(t, opts)
	other := redis.NewClient(&redis.Options{Addr: server.Addr, DB: 1, DisableIdentity: true})
	defer other.Close()
	if err := other.HSet(context.Background(), "geo:account:acme", "FR", "allow").Err(); err != nil {
		t.Fatal(err)
	}
	f.until("quiet", func() bool { return f.events.count(Passed) > 4 })
	server.Do("SWAPDB 0 1")
	f.wantAllowed("acme", toFR, true)
	f.until("the repair to be counted", func() bool { return f.Status().Repairs > 0 })
}

func TestStaleAnswersNothing(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	opts := quick(server.URL())
	opts.MaxStale = 400 * time.Millisecond
	f := tracking(t, opts)
	server.Pause()
	f.until("the policy to be withdrawn", func() bool { return f.Policy() == nil && f.Status().Stale })
	if f.allows("acme", toGB) {
		t.Error("a withdrawn policy allows")
	}
	server.Resume()
	f.wantAllowed("acme", toGB, true)
	if f.Status().Stale {
		t.Error("still stale")
	}
}

// TestUpstreamOrders sets an address of a message centre aside with a plain HSET; the snapshot knows of it.
func TestUpstreamOrders(t *testing.T) {
	t.Parallel()
	server := storetest.Start(t)
	f := tracking(t, quick(server.URL()))
	aside := func() (found, ends bool) {
		a, ok := f.Policy().Aside("default", "192.0.2.7:2775")
		return ok, a.EndSessions
	}
	server.Do("HSET geo:upstream:default 192.0.2.7:2775 drain")
	f.until("the address to be set aside", func() bool { ok, _ := aside(); return ok })
	server.Do("HSET geo:upstream:default 192.0.2.7:2775 drian")
	f.until("the fault to be seen", func() bool { return len(f.Status().Faults) == 1 })
	if ok, _ := aside(); !ok {
		t.Error("a typo took the last good order away")
	}
	server.Client().HSet(t.Context(), "geo:upstream:default", "192.0.2.7:2775", "drain sessions=end")
	f.until("the order to be another one", func() bool { _, ends := aside(); return ends })
	server.Do("DEL geo:upstream:default")
	f.until("the address to be back", func() bool { ok, _ := aside(); return !ok })
	if status := f.Status(); status.Held != nil || status.Repairs != 0 || len(status.Faults) != 0 {
		t.Errorf("status %+v", status)
	}
}
