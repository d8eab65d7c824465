package store

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	zapobserver "go.uber.org/zap/zaptest/observer"

	"geogate/config/store/storetest"
)

// Each test takes Redis away in another way, looks that no verdict changes meanwhile, changes a permission
// during it, and waits until the change is in force.

func TestConformanceE35KilledAndRestarted(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	f := tracking(t, quick(server.URL()))
	server.Do("SAVE")
	server.Kill()
	f.until("the loss to be noticed", func() bool { return f.Status().Mode == Away && f.Status().Problem != "" })
	if !f.allows("acme", toGB) || f.allows("acme", toFR) {
		t.Error("a verdict changed while Redis was down")
	}
	server.Restart()
	server.Do("HSET geo:account:acme FR allow")
	f.wantAllowed("acme", toFR, true)
	f.until("tracking again", func() bool { return f.Status().Mode == Tracking })
	server.Do("HSET geo:account:acme FR block")
	f.wantAllowed("acme", toFR, false)
}

func TestConformanceE36StoppedAndContinued(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	f := tracking(t, quick(server.URL()))
	server.Pause()
	f.until("the silence to be noticed", func() bool { return f.Status().Mode == Away })
	if !f.allows("acme", toGB) {
		t.Error("a verdict changed while Redis was stopped")
	}
	changed := make(chan struct{})
	go func() {
		defer close(changed)
		server.Do("HSET geo:account:acme FR allow")
	}()
	server.Resume()
	<-changed
	f.wantAllowed("acme", toFR, true)
}

func TestConformanceE36BlackHole(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	relay := storetest.StartRelay(t, server.Addr)
	f := tracking(t, quick("redis://"+relay.Addr))
	relay.Swallow()
	server.Do("HSET geo:account:acme FR allow")
	f.until("the silence to be noticed", func() bool { return f.Status().Mode == Away })
	if !f.allows("acme", toGB) || f.allows("acme", toFR) {
		t.Error("a verdict changed in the black hole")
	}
	server.Do("HSET geo:account:acme DE allow")
	relay.Heal()
	f.wantAllowed("acme", toDE, true)
	f.wantAllowed("acme", toFR, true)
	f.until("tracking again", func() bool { return f.Status().Mode == Tracking })
}

func TestConformanceE36KilledConnection(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	f := tracking(t, quick(server.URL()))
	for _, action := range strings.Fields("allow block allow block") {
		before := f.Status().Connects
		server.Do("CLIENT KILL TYPE pubsub")
		server.Do("HSET geo:account:acme FR " + action)
		f.wantAllowed("acme", toFR, action == "allow")
		f.until("the next connection", func() bool { return f.Status().Connects > before })
	}
}

func TestConformanceE35Flushed(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	f := tracking(t, quick(server.URL()))
	server.Do("FLUSHALL")
	f.until("it not to be believed", func() bool { return f.Status().Held != nil })
	held := f.Status().Held
	if held.Known != 5 || held.Dropped != 5 || !held.NoMeta || !strings.Contains(held.Why, "policy accept") {
		t.Errorf("held %+v", held)
	}
	if !f.allows("acme", toGB) || !f.allows("beta", toFR) {
		t.Error("a flushed Redis changed verdicts")
	}
	server.Do("HSET geo:account:acme home GB FR allow")
	seed(server) // as a backup is restored: one key after the other
	f.wantAllowed("acme", toFR, true)
	f.until("it to be believed again", func() bool { return f.Status().Held == nil })
	if f.events.count(HeldBack) != 1 || f.events.count(Released) != 1 {
		t.Errorf("events: %v", f.events.counts)
	}
}

// TestAwayFromTheStart does not speak of a last good policy where there is none.
func TestAwayFromTheStart(t *testing.T) {
	t.Parallel()
	server := storetest.Start(t)
	url := server.URL()
	server.Kill()
	logs, lines := zapobserver.New(zap.WarnLevel)
	opts := quick(url)
	opts.Logger = zap.New(logs)
	f := follow(t, opts)
	f.until("it to be told", func() bool { return lines.Len() > 0 })
	if told := lines.All()[0].Message; !strings.Contains(told, "there is no policy") {
		t.Errorf("told %q", told)
	}
}

// TestConformanceE35RestoredByHand restores an emptied Redis by plain HSET: nobody writes geo:meta by hand.
func TestConformanceE35RestoredByHand(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	f := tracking(t, quick(server.URL()))
	server.Do("FLUSHALL")
	f.until("it not to be believed", func() bool { return f.Status().Held != nil })
	seed(server)
	server.Do("DEL geo:meta geo:account:e")
	server.Do("HSET geo:account:acme home GB FR allow")
	f.until("the last account to be missed", func() bool { return f.Status().Held != nil && f.Status().Held.Dropped == 1 })
	server.Do("HSET geo:account:e home DE")
	f.wantAllowed("acme", toFR, true)
	f.until("it to be believed again", func() bool { return f.Status().Held == nil })
}

// TestConformanceE35WentBack restores an older backup: it is in force as a failover's would be, and somebody is told.
func TestConformanceE35WentBack(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	logs, lines := zapobserver.New(zap.ErrorLevel)
	opts := quick(server.URL())
	opts.Logger = zap.New(logs)
	f := tracking(t, opts)
	for i, generation := range []string{"8", "3", "5"} {
		server.Do("HSET geo:meta generation " + generation)
		open := i%2 == 0
		server.Do("HSET geo:account:acme FR " + map[bool]string{true: "allow", false: "block"}[open])
		f.wantAllowed("acme", toFR, open)
	}
	f.until("the step back", func() bool { return f.events.count(WentBack) > 0 })
	if got := f.events.count(WentBack); got != 1 || lines.Len() != 1 {
		t.Errorf("told %d times, and %d lines", got, lines.Len())
	}
}

func TestConformanceE35RestartedEmpty(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	f := tracking(t, quick(server.URL()))
	server.Kill()
	server.Restart()
	f.until("it not to be believed", func() bool { return f.Status().Held != nil })
	if !f.allows("acme", toGB) {
		t.Error("an empty Redis changed a verdict")
	}
	server.Do("HSET geo:account:acme DE allow")
	seed(server)
	f.wantAllowed("acme", toDE, true)
	f.until("it to be believed again", func() bool { return f.Status().Held == nil })
}

func TestConformanceE35RestartedWithOtherData(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	path := filepath.Join(t.TempDir(), "policy.snapshot")
	opts := quick(server.URL())
	opts.SnapshotPath = path
	f := tracking(t, opts)
	server.Kill()
	server.Restart()
	server.Do("HSET geo:meta schema 1 generation 70")
	server.Do("HSET geo:account:acme home FR")
	server.Do("HSET geo:account:other home GB")
	f.until("it not to be believed", func() bool { return f.Status().Held != nil })
	if !f.allows("acme", toGB) || f.allows("acme", toFR) || f.allows("other", toGB) {
		t.Error("another policy was believed")
	}
	if err := f.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.wantAllowed("other", toGB, true)
	f.wantAllowed("acme", toFR, true)
	f.until("beta to be gone", func() bool { return f.Policy().Account("beta") == nil && f.Status().Held == nil })
	f.stop()

	// The accepted one is on disk, and what was accepted once says nothing of a later loss.
	snap, err := readSnapshot(path)
	if err != nil || snap.Policy.Accounts["other"]["home"] != "GB" || snap.Policy.Accounts["beta"] != nil {
		t.Fatalf("snapshot %+v, %v", snap, err)
	}
	again := tracking(t, opts)
	server.Do("HSET geo:account:x home GB")
	again.wantAllowed("x", toGB, true)
	server.Do("DEL geo:account:x geo:account:acme")
	again.until("the loss not to be believed", func() bool { return again.Status().Held != nil })
}

func TestConformanceE35ManyDeletionsAtOnce(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	f := tracking(t, quick(server.URL()))
	server.Do("DEL geo:account:c")
	f.until("c to be gone", func() bool { return f.Policy().Account("c") == nil })
	server.Do("DEL geo:account:acme geo:account:beta geo:account:d")
	f.until("it not to be believed", func() bool { return f.Status().Held != nil })
	if !f.allows("acme", toGB) {
		t.Error("acme is gone")
	}
	if err := f.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.until("them to be gone", func() bool { return f.Policy().Account("acme") == nil && f.Status().Held == nil })
}

// TestConformanceE35LostPlatform: a Redis that lost the carrier's locks does not open anything.
func TestConformanceE35LostPlatform(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	server.Do("HSET geo:platform GB lock")
	f := tracking(t, quick(server.URL()))
	server.Do("SAVE")
	server.Kill()
	server.Restart("--dbfilename", "none.rdb")
	seed(server)
	f.until("it not to be believed", func() bool {
		held := f.Status().Held
		return held != nil && strings.Contains(held.Why, "geo:platform is gone")
	})
	if f.allows("acme", toGB) {
		t.Error("the lock is gone")
	}
}

// TestConformanceE36LastRuleOfThePlatform takes it away with a tool while nobody follows: that is an edit, not a loss.
func TestConformanceE36LastRuleOfThePlatform(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	server.Do("HSET geo:platform GB lock")
	path := filepath.Join(t.TempDir(), "policy.snapshot")
	opts := quick(server.URL())
	opts.SnapshotPath = path
	f := tracking(t, opts)
	f.stop()
	tools, err := Open(Options{URL: server.URL(), By: "ops"})
	if err != nil {
		t.Fatal(err)
	}
	defer tools.Close()
	if err := tools.Apply(t.Context(), Edit{By: "ops", Ops: []Op{Unset("platform", "GB")}}); err != nil {
		t.Fatal(err)
	}
	again := tracking(t, opts)
	again.wantAllowed("acme", toGB, true)
}

// TestAcceptFromAClockBehind accepts where the acceptance before was made on a machine whose clock is ahead.
func TestAcceptFromAClockBehind(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	tools, err := Open(Options{URL: server.URL(), By: "ops"})
	if err != nil {
		t.Fatal(err)
	}
	defer tools.Close()
	f := tracking(t, quick(server.URL()))
	all, err := tools.readStable(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ahead := strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10)
	server.Client().HSet(t.Context(), "geo:meta", acceptedField, ahead+" "+all.policy.names())
	f.until("generation seen", func() bool { return f.Status().InStep })
	server.Do("DEL geo:account:c geo:account:d geo:account:e")
	f.until("hold", func() bool { return f.Status().Held != nil })
	if err := tools.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.until("the acceptance", func() bool { return f.Status().Held == nil })
}
