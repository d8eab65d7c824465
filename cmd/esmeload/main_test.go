package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestRun(t *testing.T) {
	t.Parallel()
	opts := smpptest.MCOptions{Script: smpptest.Script{
		ByPrefix: []smpptest.PrefixStatus{{Prefix: "252", Status: smpp.ESME_RINVDSTADR}},
	}}
	args := []string{"--addr", startMC(t, opts).Addr(), "--binds", "10", "--window", "100", "--count", "20000",
		"--mix", "1/1/447970123456 weight=3; data_sm 1/1/252631234567 0x0B;" +
			"submit_multi 1/1/447970123456 1/1/33612345678"}
	var stdout, stderr bytes.Buffer
	if code := run(testContext(t), append(args, "--json"), &stdout, &stderr); code != exitRight {
		t.Fatalf("exit %d: %s%s", code, stdout.String(), stderr.String())
	}
	var r struct {
		OK        bool           `json:"ok"`
		Sent      int            `json:"sent"`
		Right     int            `json:"right"`
		PerSecond float64        `json:"per_second"`
		Statuses  map[string]int `json:"statuses"`
		Latency   map[string]struct {
			Count int     `json:"count"`
			P50   float64 `json:"p50"`
			P99   float64 `json:"p99"`
			Max   float64 `json:"max"`
		} `json:"latency_us"`
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	all, refused := r.Latency["all"], r.Latency["refused"]
	if !r.OK || r.Sent != 20000 || r.Right != 20000 || r.PerSecond <= 0 ||
		r.Statuses["ESME_RINVDSTADR"] != refused.Count || r.Statuses["ESME_ROK"]+refused.Count != 20000 ||
		all.Count != 20000 || all.P50 > all.P99 || all.P99 > all.Max {
		t.Errorf("report %s", stdout.String())
	}
}

func TestPrintedReport(t *testing.T) {
	t.Parallel()
	opts := smpptest.MCOptions{Behave: nth(3, always(smpptest.Action{Status: smpp.ESME_RTHROTTLED}))}
	args := []string{"--addr", startMC(t, opts).Addr(), "--count", "100"}
	var stdout, stderr bytes.Buffer
	if code := run(testContext(t), args, &stdout, &stderr); code != exitWrong {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{
		"100 messages over 1 binds", "99 right, 1 of the wrong status", "ESME_ROK 99, ESME_RTHROTTLED 1", "p99.9",
		"fault: bind 1: answer not ESME_ROK", "NOT RIGHT",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("%q is not in\n%s", want, stdout.String())
		}
	}
	if strings.Contains(stdout.String(), "447970123456") {
		t.Error("a full number is printed")
	}
}

func TestHostedMCIsNamed(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	args := []string{"--mc", "127.0.0.1:0", "--addr", "127.0.0.1:1"}
	if code := run(testContext(t), args, io.Discard, &stderr); code != exitError {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{"message centre on 127.0.0.1:", "refused"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q does not name %q", stderr.String(), want)
		}
	}
}

func TestCannotStart(t *testing.T) {
	t.Parallel()
	refusing := startMC(t, smpptest.MCOptions{SystemID: "somebody", Password: "pw"})
	silent := startMC(t, smpptest.MCOptions{Behave: func(*smpptest.MCSession, smpp.Frame) smpptest.Action {
		return smpptest.Action{Fault: smpptest.Silence}
	}})
	for want, args := range map[string][]string{
		"ESME_RINVSYSID": {"--addr", refusing.Addr(), "--binds", "5"},
		"timeout":        {"--addr", silent.Addr(), "--timeout", "50ms"},
		"the mix":        {"--mix", ";"},
		"unknown port":   {"--mc", "127.0.0.1:no"},
	} {
		var stderr bytes.Buffer
		code := run(testContext(t), args, io.Discard, &stderr)
		if code != exitError || !strings.Contains(stderr.String(), want) {
			t.Errorf("%v: exit %d, %q does not name %q", args, code, stderr.String(), want)
		}
	}
}

// TestInterrupt ends a run that would go on for ever: what was sent is answered, and right.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	mc := startMC(t, smpptest.MCOptions{})
	ctx, cancel := context.WithCancel(testContext(t))
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := make(chan int)
	go func() {
		args := []string{"--addr", mc.Addr(), "--duration", "1h", "--rate", "2000", "--binds", "2"}
		code <- run(ctx, args, &stdout, &stderr)
	}()
	if err := mc.Wait(testContext(t), 100); err != nil {
		t.Fatal(err)
	}
	cancel()
	if got := <-code; got != exitRight {
		t.Errorf("exit %d\n%s%s", got, stdout.String(), stderr.String())
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	accept := func(systemID, password string) smpp.Status {
		if strings.TrimPrefix(systemID, "acme-") != strings.TrimPrefix(password, "pw") {
			return smpp.ESME_RINVPASWD
		}
		return smpp.ESME_ROK
	}
	mc := startMC(t, smpptest.MCOptions{Accept: accept})
	args := []string{"--addr", mc.Addr(), "--binds", "6", "--accounts", "4", "--mode", "tx",
		"--system-id", "acme-%d", "--password", "pw%d"}
	if code := run(testContext(t), args, io.Discard, io.Discard); code != exitRight {
		t.Fatal("exit", code)
	}
	binds := map[string]int{}
	for _, s := range mc.Sessions() {
		binds[s.SystemID()]++
		if got := s.Received()[0].ID(); got != smpp.IDBindTransmitter {
			t.Errorf("bound by %s", got)
		}
	}
	if len(binds) != 4 || binds["acme-1"] != 2 || binds["acme-4"] != 1 {
		t.Errorf("binds %v", binds)
	}
}

func TestBadFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--binds=0": "--binds", "--binds=70000": "--binds", "--window=0": "--window", "--count=-1": "--count",
		"--accounts=-1": "--accounts", "--duration=-1s": "--duration", "--rate=-1": "--rate",
		"--timeout=0s": "--timeout", "--nonsense": "nonsense",
		"--size=3": "--size", "--size=255": "--size", "--mc=a --mc-record=b": "exclude", "--mode=rx": "trx",
		"--window=0 --size=1": "--size",
	} {
		var stderr bytes.Buffer
		f, code := parse(strings.Fields(args), io.Discard, &stderr)
		if f != nil || code != exitError || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: exit %d, %q does not name %q", args, code, stderr.String(), want)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	if code := run(testContext(t), []string{"--help"}, &stdout, io.Discard); code != exitRight {
		t.Errorf("exit %d", code)
	}
	if !strings.Contains(stdout.String(), "TON/NPI/DIGITS") {
		t.Error("--help does not explain the mix")
	}
}

// TestCPUOf has the second bind send its only message later than the first: the first does not unbind before that. What
// the process computes is in the report, and one that there is not is an error.
func TestCPUOf(t *testing.T) {
	t.Parallel()
	var messages, early atomic.Int64
	behave := func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		switch f.ID() {
		case smpp.IDSubmitSM:
			messages.Add(1)
		case smpp.IDUnbind:
			if messages.Load() < 2 {
				early.Add(1)
			}
		}
		return smpptest.Action{}
	}
	ourselves := strconv.Itoa(os.Getpid())
	args := []string{"--addr", startMC(t, smpptest.MCOptions{Behave: behave}).Addr(), "--binds", "2", "--count", "2", "--rate", "20",
		"--cpu-of", ourselves, "--json"}
	var stdout, stderr bytes.Buffer
	if code := run(testContext(t), args, &stdout, &stderr); code != exitRight {
		t.Fatalf("exit %d: %s%s", code, stdout.String(), stderr.String())
	}
	if early.Load() > 0 {
		t.Error("an unbind before the last message")
	}
	stdout.Reset()
	args = []string{"--addr", args[1], "--count", "20000", "--cpu-of", ourselves, "--json"}
	if code := run(testContext(t), args, &stdout, &stderr); code != exitRight || !strings.Contains(stdout.String(), `"cpu_s": `) {
		t.Errorf("exit %d: %s%s", code, stdout.String(), stderr.String())
	}
	stderr.Reset()
	if code := run(testContext(t), []string{"--addr", args[1], "--cpu-of", "999999999"}, &stdout, &stderr); code != exitError ||
		!strings.Contains(stderr.String(), "--cpu-of 999999999") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
