package store

import (
	"strings"
	"testing"
	"time"

	"geogate/config/store/storetest"
)

// TestConformanceE35SentinelFailover kills the master: the sentinels name another, and what is changed there is in force.
func TestConformanceE35SentinelFailover(t *testing.T) {
	t.Parallel()
	master := seeded(t)
	host, port, _ := strings.Cut(master.Addr, ":")
	replica := storetest.Start(t, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0")
	storetest.Eventually(t, "the replica to be in step", func() bool {
		return strings.Contains(replica.Do("INFO replication"), "master_link_status:up") &&
			strings.Contains(replica.Do("HGETALL geo:account:acme"), "GB")
	})
	var addrs []string
	var sentinels []*storetest.Server
	for range 3 {
		s := storetest.StartSentinel(t, 2, map[string]*storetest.Server{"permissions": master})
		sentinels, addrs = append(sentinels, s), append(addrs, s.Addr)
	}
	storetest.Eventually(t, "the sentinels to know each other and the replica", func() bool {
		for _, s := range sentinels {
			state := s.Do("SENTINEL MASTER permissions")
			if !strings.Contains(state, "num-other-sentinels:2") || !strings.Contains(state, "num-slaves:1") {
				return false
			}
		}
		return true
	})
	f := tracking(t, quick("redis+sentinel://"+strings.Join(addrs, ",")+"?master=permissions"))
	master.Do("HSET geo:account:acme FR allow")
	f.wantAllowed("acme", toFR, true)
	if master.Do("WAIT 1 5000") != "1" {
		t.Fatal("the replica is behind")
	}
	began := time.Now()
	master.Kill()
	storetest.Eventually(t, "the replica to be master", func() bool {
		return strings.Contains(replica.Do("INFO replication"), "role:master")
	})
	promoted := time.Now()
	if !f.allows("acme", toFR) || !f.allows("beta", toFR) {
		t.Error("a verdict changed in the failover")
	}
	replica.Do("HSET geo:account:acme DE allow")
	f.wantAllowed("acme", toDE, true)
	f.until("tracking again", func() bool { return f.Status().Mode == Tracking })
	replica.Do("HSET geo:account:acme DE block")
	f.wantAllowed("acme", toDE, false)
	t.Logf("promoted after %v, followed %v later", promoted.Sub(began), time.Since(promoted))
}

func TestSentinelWithoutThatMaster(t *testing.T) {
	t.Parallel()
	s := storetest.StartSentinel(t, 1, map[string]*storetest.Server{"permissions": seeded(t)})
	_, err := openStore(t, "redis+sentinel://"+s.Addr+"?master=others").Load(t.Context())
	if err == nil || !strings.Contains(err.Error(), "SENTINEL MASTERS") {
		t.Errorf("error %v", err)
	}
}
