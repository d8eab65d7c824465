package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"geogate/config/store/storetest"
)

func TestConformanceE34SnapshotServesWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	server.Do("HSET geo:bind:acme-1 account acme max_binds 3")
	server.Do("SADD geo:group:near FR DE")
	opts := quick(server.URL())
	opts.SnapshotPath = filepath.Join(t.TempDir(), "policy.snapshot")
	f := tracking(t, opts)
	server.Do("HSET geo:account:acme @near allow")
	f.wantAllowed("acme", toDE, true)
	server.Do("HSET geo:account:beta NONSENSE allow") // what is faulty is not kept; what was good is
	f.until("the fault", func() bool { return len(f.Status().Faults) == 1 })
	f.stop()
	server.Do("SAVE")
	server.Kill()
	if info, err := os.Stat(opts.SnapshotPath); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the snapshot: %v, %v", info, err)
	}

	again := follow(t, opts)
	if !again.allows("acme", toDE) || !again.allows("beta", toFR) || again.allows("beta", toDE) {
		t.Error("the snapshot is not the last good policy")
	}
	if bind, ok := again.Policy().Bind("acme-1"); !ok || bind.Account != "acme" {
		t.Errorf("bind %+v", bind)
	}
	again.until("the failure to be shown", func() bool { return again.Status().Problem != "" })
	if status := again.Status(); status.Source != FromSnapshot || status.Snapshot.IsZero() || status.Mode != Away {
		t.Errorf("status %+v", status)
	}
	server.Restart()
	server.Do("HSET geo:account:acme GB block")
	again.wantAllowed("acme", toGB, false)
	again.until("the fault", func() bool { return len(again.Status().Faults) == 1 })
	if !again.allows("beta", toFR) {
		t.Error("beta lost its last good rules")
	}
}

func TestConformanceE35EmptyAgainstASnapshot(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	opts := quick(server.URL())
	opts.SnapshotPath = filepath.Join(t.TempDir(), "policy.snapshot")
	tracking(t, opts).stop()
	server.Do("FLUSHALL")
	f := follow(t, opts)
	f.until("it not to be believed", func() bool { return f.Status().Held != nil })
	if !f.allows("acme", toGB) {
		t.Error("the emptied Redis was believed")
	}
}

func TestBadSnapshotIsReportedAndNotTrusted(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	whole := filepath.Join(t.TempDir(), "policy.snapshot")
	opts := quick(server.URL())
	opts.SnapshotPath = whole
	tracking(t, opts).stop()
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty":     {},
		"truncated": text[:len(text)-10],
		"altered":   []byte(strings.Replace(string(text), "GB", "FR", 1)),
		"no head":   text[strings.IndexByte(string(text), '\n')+1:],
		"a device":  nil,
		"longer":    append(append([]byte{}, text...), '\n'),
	} {
		opts.SnapshotPath = filepath.Join(t.TempDir(), "policy.snapshot")
		if bad == nil {
			opts.SnapshotPath = os.DevNull
		} else if err := os.WriteFile(opts.SnapshotPath, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		events := newRecorder()
		opts.Observer = events
		s, err := Open(opts)
		if err != nil {
			t.Fatal(err)
		}
		status := s.Status()
		reported := status.SnapshotFaults == 1 && status.SnapshotProblem != "" && events.count(SnapshotFailed) == 1
		if s.Policy() != nil || !reported {
			t.Errorf("%s: trusted, or not reported: %+v", name, status)
		}
		s.Close()
	}
	opts.SnapshotPath = filepath.Join(t.TempDir(), "policy.snapshot")
	if err := os.WriteFile(opts.SnapshotPath, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := tracking(t, opts) // overwrites it
	f.until("the snapshot to be good again", func() bool {
		status := f.Status()
		return !status.Snapshot.IsZero() && status.SnapshotProblem == ""
	})
}

func TestConformanceF44UnwritableSnapshot(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	opts := quick(server.URL())
	opts.SnapshotPath = filepath.Join(blocked, "policy.snapshot")
	f := follow(t, opts)
	f.until("it to be counted", func() bool {
		status := f.Status()
		return status.Source == FromRedis && status.SnapshotFaults > 1 && status.SnapshotProblem != ""
	})
	server.Do("HSET geo:account:acme FR allow")
	f.wantAllowed("acme", toFR, true)
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	f.stop() // the end writes what is still to be written
	if snap, err := readSnapshot(opts.SnapshotPath); err != nil || snap == nil {
		t.Errorf("snapshot %v, %v", snap, err)
	}
}

// TestConformanceF44FullDisk writes to the device that is always full.
func TestConformanceF44FullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	if err := writeOut(full, []byte("policy")); err == nil {
		t.Error("a full disk is no error")
	}
}

func TestReplaceFileLeavesNoRests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"one", "two"} {
		if err := replaceFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("read %q, want %q", got, text)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(filepath.Join(dir, "taken"), nil); err == nil {
		t.Error("a folder was replaced")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestConformanceE34NoSnapshotNoRedis(t *testing.T) {
	t.Parallel()
	server := storetest.Start(t)
	server.Kill()
	f := follow(t, quick(server.URL()))
	f.until("the failure to be shown", func() bool { return f.Status().Failures > 1 })
	status := f.Status()
	if f.Policy() != nil || status.Source != FromNowhere || !strings.Contains(status.Problem, "check that it runs") {
		t.Errorf("policy %v, status %+v", f.Policy(), status)
	}
	select {
	case <-f.Ready():
		t.Error("ready without a policy")
	default:
	}
	server.Restart()
	seed(server)
	f.wantAllowed("acme", toGB, true)
	<-f.Ready()
}
