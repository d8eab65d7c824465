package storetest

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// slots is how many slots a Redis Cluster has.
const slots = 16384

// StartCluster runs a Redis Cluster of n masters, which share the slots evenly, and waits until it is whole.
func StartCluster(t testing.TB, n int) []*Server {
	t.Helper()
	servers := make([]*Server, n)
	for i := range servers {
		bus := FreePort(t)
		servers[i] = Start(t, "--cluster-enabled", "yes", "--databases", "1", "--cluster-port", strconv.Itoa(bus))
		servers[i].Do(fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", i*slots/n, (i+1)*slots/n-1))
		servers[i].Do(fmt.Sprintf("CLUSTER SET-CONFIG-EPOCH %d", i+1))
		host, port, _ := net.SplitHostPort(servers[i].Addr)
		servers[0].Do(fmt.Sprintf("CLUSTER MEET %s %s %d", host, port, bus))
	}
	Eventually(t, "the Cluster to be whole", func() bool {
		for _, s := range servers {
			info := s.Do("CLUSTER INFO")
			size := fmt.Sprintf("cluster_size:%d", n)
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, size) {
				return false
			}
		}
		return true
	})
	return servers
}

// MoveSlot moves a slot and its keys from one master to another, in a Cluster of these.
func MoveSlot(t testing.TB, slot int, from, to *Server, all []*Server) {
	t.Helper()
	id := to.Do("CLUSTER MYID")
	to.Do(fmt.Sprintf("CLUSTER SETSLOT %d IMPORTING %s", slot, from.Do("CLUSTER MYID")))
	from.Do(fmt.Sprintf("CLUSTER SETSLOT %d MIGRATING %s", slot, id))
	host, port, _ := net.SplitHostPort(to.Addr)
	keys := from.Do(fmt.Sprintf("CLUSTER GETKEYSINSLOT %d 100", slot))
	for _, key := range strings.Fields(strings.Trim(keys, "[]")) {
		from.Do(fmt.Sprintf("MIGRATE %s %s %s 0 5000", host, port, key))
	}
	for _, s := range all {
		s.Do(fmt.Sprintf("CLUSTER SETSLOT %d NODE %s", slot, id))
	}
}

// Eventually waits for a condition.
func Eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	deadline := time.After(Patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !happened() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited %v for %s", Patience, what)
		}
	}
}
