package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// recordingNode is a geogate that keeps a record and can be killed and started again.
type recordingNode struct {
	*rig
	dir string
}

func newRecordingNode(t *testing.T) *recordingNode {
	t.Helper()
	centre := startCentre(t)
	r := &recordingNode{dir: filepath.Join(t.TempDir(), "record"), rig: &rig{
		t: t, redis: startRedis(t), listen: loopback(freePort(t)), admin: loopback(freePort(t)), centre: centre,
	}}
	r.startNode()
	r.account("acme", "FR allow")
	return r
}

// startNode starts geogate and waits until it takes connections.
func (r *recordingNode) startNode() {
	r.t.Helper()
	config := filepath.Join(r.t.TempDir(), "geogate.yaml")
	text := "record:\n  directory: " + r.dir + "\n  node: n1\n  sample: 1\n  max_size: 1\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.proxy = start(r.t, program("geogate"), "serve", "--config", config, "--listen", r.listen, "--upstream", r.centre.addr,
		"--redis", r.redisURL(), "--admin", r.admin)
	listens(r.t, r.listen)
}

// kill ends geogate as nothing that it can prepare for.
func (r *recordingNode) kill() {
	_ = r.proxy.cmd.Process.Signal(syscall.SIGKILL)
	<-r.proxy.done
}

// audit runs geogate audit and returns what it printed and its exit code.
func (r *recordingNode) audit(args ...string) (string, int) {
	r.t.Helper()
	cmd := exec.Command(program("geogate"), append([]string{"audit"}, args...)...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// pump sends refused messages until ctx ends or the session breaks, and counts the refusals that were answered.
func pump(ctx context.Context, e *smpptest.ESME, answered *atomic.Int64) {
	sm := smpp.SubmitSM{Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte("447400123456")}, ShortMessage: []byte("pumped")}
	for ctx.Err() == nil {
		if _, err := e.Do(ctx, sm.Append(nil, smpp.Header{Sequence: e.NextSequence()})); err != nil {
			return
		}
		answered.Add(1)
	}
}

// TestRecordSurvivesKill kills a node under load, again and again, and starts it anew on the same record: no line of it
// is broken, and what was torn is told. Of what was answered, at most what the writer had in hand is missing.
func TestRecordSurvivesKill(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	r := newRecordingNode(t)
	const kills = 5
	var answered atomic.Int64
	for range kills {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{}, 4)
		for range cap(done) {
			e := r.bind()
			go func() { pump(ctx, e, &answered); done <- struct{}{} }()
		}
		enough := answered.Load() + 500 + int64(random.IntN(1000))
		eventually(t, "refusals", func() bool { return answered.Load() >= enough })
		r.kill()
		cancel()
		for range cap(done) {
			<-done
		}
		r.startNode()
		eventually(t, "a policy", func() bool { _, code := r.run("status", "--admin", r.admin); return code == 0 })
	}
	r.proxy.stop(syscall.SIGTERM)
	out, code := r.audit("verify", r.dir)
	t.Log(out)
	if code != 0 {
		t.Fatalf("verify: exit %d", code)
	}
	lines := r.lines()
	t.Logf("%d refusals answered over %d kills, %d recorded", answered.Load(), kills, lines["refuse"])
	// 10 ms between writes, and 4 sessions that wait for each answer
	if missing := answered.Load() - int64(lines["refuse"]); missing > kills*5000 || lines["refuse"] == 0 {
		t.Errorf("%d refusals are missing", missing)
	}
	if lines["start"] != kills || lines["stop"] != 1 {
		t.Errorf("%v", lines)
	}
	r.breakLine(random)
	if out, code := r.audit("verify", r.dir); code != 1 || !strings.Contains(out, "broken: "+r.dir) {
		t.Errorf("a changed octet: exit %d, %s", code, out)
	}
}

// run is geogate with the rig's Redis.
func (r *recordingNode) run(args ...string) (string, int) {
	cmd := exec.Command(program("geogate"), append(args, "--redis", r.redisURL())...)
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}

// lines counts the lines of the record by their kind.
func (r *recordingNode) lines() map[string]int {
	r.t.Helper()
	kinds := map[string]int{}
	for _, path := range r.files() {
		text, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			var l struct{ Kind string }
			if json.Unmarshal(line, &l) == nil {
				kinds[l.Kind]++
			}
		}
	}
	return kinds
}

func (r *recordingNode) files() []string {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(r.dir, "*.jsonl"))
	if err != nil || len(files) == 0 {
		r.t.Fatal("no record: ", err)
	}
	return files
}

// breakLine flips one bit of the oldest file.
func (r *recordingNode) breakLine(random *rand.Rand) {
	r.t.Helper()
	path := r.files()[0]
	text, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	text[random.IntN(len(text))] ^= 1
	if err := os.WriteFile(path, text, 0o600); err != nil {
		r.t.Fatal(err)
	}
}
