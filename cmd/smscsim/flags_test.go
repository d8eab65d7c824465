package main

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func parsed(t *testing.T, args ...string) smpptest.MCOptions {
	t.Helper()
	var stderr bytes.Buffer
	f, _ := parse(args, io.Discard, &stderr)
	if f == nil {
		t.Fatal(stderr.String())
	}
	return f.options()
}

func TestOptions(t *testing.T) {
	t.Parallel()
	got := parsed(t, "--listen=127.0.0.1:0", "--system-id=a", "--password=b", "--delay=5ms-20ms",
		"--error=0.25:0x58", "--status=+44=ESME_RINVDSTADR", "--status=4479=ESME_ROK", "--receipts=asked",
		"--silence=0.1", "--malformed=0.2", "--fault=stop-reading=0.3", "--fault=duplicate=1",
		"--close-after=9", "--seed=42")
	want := smpptest.MCOptions{
		Addr: "127.0.0.1:0", SystemID: "a", Password: "b", Name: "smscsim", Seed: 42, Forget: true,
		Script: smpptest.Script{
			Delay: 5 * time.Millisecond, DelayMax: 20 * time.Millisecond,
			ErrorRate: 0.25, ErrorStatus: smpp.ESME_RTHROTTLED,
			ByPrefix: []smpptest.PrefixStatus{
				{Prefix: "4479", Status: smpp.ESME_ROK}, {Prefix: "44", Status: smpp.ESME_RINVDSTADR},
			},
			CloseAfter: 9, Receipts: true,
			Faults: []smpptest.Chance{
				{Fault: smpptest.Silence, Rate: 0.1}, {Fault: smpptest.Unterminated, Rate: 0.1},
				{Fault: smpptest.BadTLV, Rate: 0.1}, {Fault: smpptest.Duplicate, Rate: 1},
				{Fault: smpptest.StopReading, Rate: 0.3},
			},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	got := parsed(t)
	script := &got.Script
	if got.Addr != "127.0.0.1:2775" || got.Seed != 1 {
		t.Errorf("defaults %+v", got)
	}
	if script.Receipts || script.AllReceipts || script.Delay != 0 {
		t.Errorf("defaults %+v", got)
	}
	one := parsed(t, "--delay=7ms").Script
	if one.Delay != one.DelayMax || one.Delay != 7*time.Millisecond {
		t.Errorf("a fixed delay is %s to %s", one.Delay, one.DelayMax)
	}
}

func TestBadFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--delay=soon":         "5ms-20ms",
		"--delay=20ms-5ms":     "5ms-20ms",
		"--error=often":        "rate",
		"--error=0.1:NOSUCH":   "NOSUCH",
		"--error=2":            "0 to 1",
		"--status=44=NOSUCH":   "NOSUCH",
		"--receipts=perhaps":   "asked",
		"--silence=-1":         "",
		"--malformed=1.5":      "--malformed",
		"--fault=nonsense=0.1": "out-of-order",
		"--fault=silence=7":    "--fault silence",
		"--close-after=-1":     "",
		"--nonsense":           "nonsense",
	} {
		var stderr bytes.Buffer
		f, code := parse([]string{args}, io.Discard, &stderr)
		if f != nil || code != exitError || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: exit %d, %q does not name %q", args, code, stderr.String(), want)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	if f, code := parse([]string{"--help"}, &stdout, io.Discard); f != nil || code != exitOK {
		t.Error("--help runs on")
	}
	if !strings.Contains(stdout.String(), "wrong-sequence") {
		t.Error("--help does not name the faults")
	}
}
