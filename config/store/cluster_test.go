package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"geogate/config/store/storetest"
)

// TestCluster follows a Cluster of three masters: a change on each, a deletion, a slot that moves, FLUSHALL
// on one.
func TestCluster(t *testing.T) {
	t.Parallel()
	servers := storetest.StartCluster(t, 3)
	url := "redis+cluster://" + servers[0].Addr + "," + servers[1].Addr
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{servers[0].Addr}, DisableIdentity: true})
	defer client.Close()
	ctx := t.Context()
	do := func(command string) {
		t.Helper()
		if err := client.Do(ctx, storetest.Words(command)...).Err(); err != nil {
			t.Fatalf("%s: %v", command, err)
		}
	}
	do("HSET geo:meta schema 1")
	for i := range 30 {
		do(fmt.Sprintf("HSET geo:account:n%d home GB", i))
	}
	f := tracking(t, quick(url))
	f.until("a connection to each master", func() bool { return f.Status().Watching == 3 && f.Status().InStep })

	byMaster := map[string][]string{} // accounts by the address of their master
	for i := range 30 {
		id := fmt.Sprintf("n%d", i)
		master, err := client.MasterForKey(ctx, "geo:account:"+id)
		if err != nil {
			t.Fatal(err)
		}
		byMaster[master.Options().Addr] = append(byMaster[master.Options().Addr], id)
	}
	if len(byMaster) != 3 {
		t.Fatalf("accounts are on %d masters", len(byMaster))
	}
	for _, ids := range byMaster {
		began := time.Now()
		do("HSET geo:account:" + ids[0] + " FR allow")
		f.wantAllowed(ids[0], toFR, true)
		t.Logf("a change on one of three masters in force after %v", time.Since(began))
		do("DEL geo:account:" + ids[1])
		f.until(ids[1]+" to be gone", func() bool { return f.Policy().Account(ids[1]) == nil })
	}
	if repairs := f.Status().Repairs; repairs != 0 {
		t.Errorf("%d repairs", repairs)
	}

	moved := byMaster[servers[0].Addr][0]
	slot, err := client.ClusterKeySlot(ctx, "geo:account:"+moved).Result()
	if err != nil {
		t.Fatal(err)
	}
	storetest.MoveSlot(t, int(slot), servers[0], servers[1], servers)
	do("HSET geo:account:" + moved + " DE allow")
	f.wantAllowed(moved, toDE, true)
	if !f.allows(moved, toFR) {
		t.Errorf("%s lost its rules in the move", moved)
	}

	servers[2].Do("FLUSHALL")
	f.until("the loss not to be believed", func() bool { return f.Status().Held != nil })
	lost := byMaster[servers[2].Addr][0]
	if !f.allows(lost, toFR) {
		t.Error("an account of the flushed master is gone")
	}
	if err := f.Accept(ctx); err != nil {
		t.Fatal(err)
	}
	f.until("it to be gone", func() bool { return f.Policy().Account(lost) == nil })
}

// TestConformanceE35ClusterLosesAMaster: its keys cannot be read, and nothing is concluded from that.
func TestConformanceE35ClusterLosesAMaster(t *testing.T) {
	t.Parallel()
	servers := storetest.StartCluster(t, 3)
	s := openStore(t, "redis+cluster://"+servers[0].Addr)
	edit := Edit{By: "ann", Why: "test"}
	for i := range 12 {
		edit.Ops = append(edit.Ops, Create(fmt.Sprintf("account:n%d", i), map[string]string{"home": "GB"}))
	}
	if err := s.Apply(t.Context(), edit); err != nil {
		t.Fatal(err)
	}
	if entries, err := s.Log(t.Context(), 5); err != nil || len(entries) != 1 || len(entries[0].Changes) != 12 {
		t.Errorf("log %v, %v", entries, err)
	}
	f := tracking(t, quick("redis+cluster://"+servers[0].Addr))
	servers[1].Pause()
	f.until("the loss to be noticed", func() bool { return f.Status().Mode == Away && f.Status().Failures > 0 })
	for i := range 12 {
		if id := fmt.Sprintf("n%d", i); !f.allows(id, toGB) {
			t.Errorf("%s is gone", id)
		}
	}
	servers[1].Resume()
	f.until("the return", func() bool { return f.Status().Mode == Tracking && f.Status().Problem == "" })
	change := Edit{By: "ann"}
	for i := range 12 {
		change.Ops = append(change.Ops, Set(fmt.Sprintf("account:n%d", i), "FR", "allow"))
	}
	storetest.Eventually(t, "the edit", func() bool { return s.Apply(context.Background(), change) == nil })
	for i := range 12 {
		f.wantAllowed(fmt.Sprintf("n%d", i), toFR, true)
	}
}

// TestClusterInOneSlot: with a hash tag in the prefix an edit of several keys is one MULTI on a Cluster too.
func TestClusterInOneSlot(t *testing.T) {
	t.Parallel()
	servers := storetest.StartCluster(t, 3)
	for _, server := range servers {
		server.Do("ACL SETUSER geogate on >secret ~{geo}:* &{geo}:* +cluster|slots " + ReadRights)
		server.Do("ACL SETUSER tools on >secret ~{geo}:* &{geo}:* +cluster|slots " + ReadRights + " " + WriteRights)
	}
	opts := quick("redis+cluster://geogate:secret@" + servers[2].Addr)
	opts.Prefix = "{geo}:"
	f := tracking(t, opts)
	tools, err := Open(Options{URL: strings.Replace(opts.URL, "geogate:", "tools:", 1), Prefix: opts.Prefix})
	if err != nil {
		t.Fatal(err)
	}
	defer tools.Close()
	edit := Edit{By: "ann", Ops: []Op{
		Create("account:acme", map[string]string{"home": "GB", "@near": "allow"}), SetMembers("group:near", "FR"),
	}}
	if err := tools.Apply(t.Context(), edit); err != nil {
		t.Fatal(err)
	}
	f.wantAllowed("acme", toFR, true)
	if faults := f.Status().Faults; len(faults) != 0 || f.Status().Problem != "" {
		t.Errorf("status %+v", f.Status())
	}
}
