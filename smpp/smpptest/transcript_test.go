package smpptest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"geogate/smpp"
)

func TestTranscript(t *testing.T) {
	t.Parallel()
	transcript := &Transcript{}
	mc := startMC(t, MCOptions{Transcript: transcript, Script: Script{AllReceipts: true}})
	e := dial(t, mc)
	e.Record(transcript)
	ctx := testContext(t)
	e.Bind(ctx, smpp.IDBindTransceiver, "acme", "hidden!")
	send(t, e, submitFrame(42, "447970123456"))
	recv(t, e)
	deliver := recv(t, e)
	if err := e.Answer(deliver, smpp.ESME_ROK); err != nil {
		t.Fatal(err)
	}
	e.Unbind(ctx)
	if err := mc.WaitIdle(ctx); err != nil {
		t.Fatal(err)
	}
	for _, side := range []string{"E", "M"} {
		if err := transcript.Golden("testdata/session-"+side+".txt", side); err != nil {
			t.Error(err)
		}
	}
	if text := transcript.String(); strings.Contains(text, "hidden!") || strings.Contains(text, "447970123456") {
		t.Error("the transcript tells a secret or a full number")
	}
}

func TestGoldenShowsTheDifference(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "golden.txt")
	transcript := &Transcript{}
	transcript.add("E>", smpp.AppendHeader(nil, smpp.IDEnquireLink, 0, 1))
	if err := transcript.Golden(path); err == nil || !strings.Contains(err.Error(), UpdateEnv) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("E> unbind seq=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := transcript.Golden(path)
	if err == nil || !strings.Contains(err.Error(), "line 1:") ||
		!strings.Contains(err.Error(), "want: E> unbind") {
		t.Errorf("difference: %v", err)
	}
}

func TestTranscriptOfOctets(t *testing.T) {
	t.Parallel()
	transcript := &Transcript{}
	transcript.addBytes("M>", append(smpp.AppendHeader(nil, smpp.IDEnquireLink, 0, 1), 1, 2, 3))
	got := transcript.String()
	if !strings.Contains(got, "enquire_link") || !strings.Contains(got, "3 bytes that are no frame") {
		t.Error(got)
	}
}
