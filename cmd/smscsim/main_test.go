package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// asProcess makes the test binary run as smscsim itself.
const asProcess = "SMSCSIM_AS_PROCESS"

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) == "1" {
		main()
	}
	goleak.VerifyTestMain(m)
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// simulator is a run of smscsim in this process.
type simulator struct {
	addr string
	stop func() (summary string, code int)
}

func start(t *testing.T, args ...string) simulator {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var stderr bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), in, &stderr)
		in.Close()
	}()
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err, stderr.String())
	}
	_, addr, _ := strings.Cut(strings.TrimSpace(first), "listens on ")
	stop := func() (string, int) {
		cancel()
		summary, _ := io.ReadAll(lines)
		return string(summary), <-code
	}
	return simulator{addr, stop}
}

func bind(t *testing.T, addr string) *smpptest.ESME {
	t.Helper()
	e, err := smpptest.Dial(testContext(t), addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	st, err := e.Bind(testContext(t), smpp.IDBindTransceiver, "acme", "secret")
	if st != smpp.ESME_ROK || err != nil {
		t.Fatal(st, err)
	}
	return e
}

func TestRun(t *testing.T) {
	t.Parallel()
	sim := start(t, "--system-id", "acme", "--password", "secret", "--status", "+33=ESME_RINVDSTADR,+336=0x58",
		"--receipts", "all")
	e := bind(t, sim.addr)
	for digits, want := range map[string]smpp.Status{
		"447970123456": smpp.ESME_ROK, "33112345678": smpp.ESME_RINVDSTADR, "33612345678": smpp.ESME_RTHROTTLED,
	} {
		if st, _, err := e.SubmitTo(testContext(t), digits, "x"); st != want || err != nil {
			t.Errorf("%s: %s %v, want %s", digits, st, err, want)
		}
	}
	if f, err := e.Recv(testContext(t)); err != nil || f.ID() != smpp.IDDeliverSM {
		t.Errorf("receipt: %v %v", f, err)
	}
	summary, code := sim.stop()
	want := "1 sessions (0 broken), 1 binds, 4 requests, 3 messages of which 1 accepted, 1 receipts," +
		" 0 responses, 0 faults committed\n"
	if summary != want || code != exitOK {
		t.Errorf("code %d, summary %q", code, summary)
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "frames.jsonl")
	sim := start(t, "--record", path)
	e := bind(t, sim.addr)
	sm := smpp.SubmitSM{
		Source: smpp.Address{TON: 5, Addr: []byte("B\"\xe9")},
		Dest:   smpp.Address{TON: 1, NPI: 1, Addr: []byte("447970123456")},
	}
	multi := smpp.SubmitMulti{Dests: []smpp.Destination{
		{Address: smpp.Address{TON: 1, NPI: 1, Addr: []byte("447970123456")}},
		{Address: smpp.Address{Addr: []byte("friends")}, DistributionList: true},
	}}
	broken := smpp.AppendHeader(nil, smpp.IDDataSM, 0, 44)
	sent := [][]byte{
		sm.Append(nil, smpp.Header{Sequence: 42}), multi.Append(nil, smpp.Header{Sequence: 43}), broken,
	}
	for _, f := range sent {
		if _, err := e.Do(testContext(t), f); err != nil {
			t.Fatal(err)
		}
	}
	lines := readLines(t, path) // while it still runs: a line is there before its answer
	if len(lines) != 4 || lines[0]["command"] != "bind_transceiver" || lines[0]["system_id"] != "" {
		t.Fatalf("recorded %v", lines)
	}
	for i, f := range sent {
		line := lines[i+1]
		if line["hex"] != hex.EncodeToString(f) || line["session"] != 1.0 || line["system_id"] != "acme" {
			t.Errorf("line %d is %v", i+1, line)
		}
	}
	wantJSON(t, lines[1]["source"], `{"addr":"B\"é","npi":0,"ton":5}`)
	wantJSON(t, lines[1]["dests"], `[{"addr":"447970123456","npi":1,"ton":1}]`)
	wantJSON(t, lines[2]["dests"], `[{"addr":"447970123456","npi":1,"ton":1},{"dl_name":"friends"}]`)
	if lines[3]["problem"] == nil {
		t.Errorf("no problem in %v", lines[3])
	}
	if _, code := sim.stop(); code != exitOK {
		t.Error("exit", code)
	}
}

func readLines(t *testing.T, path string) []map[string]any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var line map[string]any
		if err := decoder.Decode(&line); err == io.EOF {
			return lines
		} else if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
}

func wantJSON(t *testing.T, got any, want string) {
	t.Helper()
	if text, err := json.Marshal(got); err != nil || string(text) != want {
		t.Errorf("got %s %v, want %s", text, err, want)
	}
}

// TestProcess stops the real process as an init system would.
func TestProcess(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(testContext(t), os.Args[0], "--listen", "127.0.0.1:0", "--json")
	cmd.Env = append(os.Environ(), asProcess+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(out)
	var listening struct{ Listening string }
	if err := decoder.Decode(&listening); err != nil {
		t.Fatal(err)
	}
	bind(t, listening.Listening)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var stats smpptest.Stats
	if err := decoder.Decode(&stats); err != nil || stats.Binds != 1 {
		t.Errorf("summary %+v %v", stats, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestCannotServe(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--listen", "127.0.0.1:nowhere"},
		{"--listen", "127.0.0.1:0", "--record", filepath.Join(t.TempDir(), "no", "such", "folder")},
	} {
		var stderr bytes.Buffer
		if code := run(testContext(t), args, io.Discard, &stderr); code != exitError || stderr.Len() == 0 {
			t.Errorf("%v: exit %d, %q", args, code, stderr.String())
		}
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var stderr bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"--listen", "127.0.0.1:0", "--record", "/dev/full"}, in, &stderr)
	}()
	lines := bufio.NewReader(out)
	first, _ := lines.ReadString('\n')
	_, addr, _ := strings.Cut(strings.TrimSpace(first), "listens on ")
	e := bind(t, addr) // traffic goes on
	if _, err := e.EnquireLink(testContext(t)); err != nil {
		t.Error(err)
	}
	cancel()
	lines.ReadString('\n')
	if got := <-code; got != exitError || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("exit %d, %q", got, stderr.String())
	}
}
