package main

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// probed starts a message centre that knows acme, and returns the flags to probe it with.
func probed(t *testing.T, settings *tls.Config) []string {
	mc, err := smpptest.StartMC(smpptest.MCOptions{TLS: settings, SystemID: "acme", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mc.Close() })
	return []string{
		"probe", "--addr", mc.Addr(), "--system-id", "acme", "--password", "secret", "--to", "+447400123456",
		"--patience", "15s",
	}
}

// TestProbeForms plays three scenarios, of which one differs, and prints them in each form.
func TestProbeForms(t *testing.T) {
	t.Parallel()
	d, flags := newDesk(t), probed(t, nil)
	flags = append(flags, "--only", "A7a,B9a,C22a", "--name", "a|b")
	r := d.run("", flags...)
	if r.code != exitRefused || !strings.Contains(r.out, "1 as the standard asks, 1 otherwise, 0 failed, 1 not played") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	const want = "| | sent | SMPP 3.4 asks | a\\|b |\n|---|---|---|---|\n" +
		"| A7a | sequence_number 0x00 | submit_sm_resp ROK, link up (s.5.1.4) | yes |\n" +
		"| B9a | destination_addr empty | submit_sm_resp RINVDSTADR, link up (s.5.2.9) " +
		"| submit_sm_resp ROK, link up |\n" +
		"| C22a | nothing: a connection without a bind | closed (s.7.2 session_init_timer) | - |\n" +
		"| | as the standard asks | of those played | 1 of 2 |\n"
	if r := d.run("", append(flags, "--markdown")...); r.code != exitRefused || r.out != want {
		t.Errorf("exit %d: %s%s\nwant\n%s", r.code, r.out, r.err, want)
	}
	first := filepath.Join(t.TempDir(), "first.jsonl")
	second := filepath.Join(t.TempDir(), "second.jsonl")
	r = d.run("", append(flags, "--json")...)
	if err := os.WriteFile(first, []byte(r.out), 0o600); err != nil {
		t.Fatal(err)
	}
	unnamed := `{"number":"B9a","sent":"x","asks":"y","source":"z","came":"closed","verdict":"differ"}`
	if err := os.WriteFile(second, []byte(unnamed), 0o600); err != nil {
		t.Fatal(err)
	}
	r = d.run("", "probe", "--compare", first, second, "--markdown")
	if r.code != exitOK || !strings.Contains(r.out, `| a\|b | second |`) || strings.Count(r.out, "\n") != 6 ||
		!strings.Contains(r.out, "| submit_sm_resp ROK, link up | closed |") ||
		!strings.Contains(r.out, "| yes | - |") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	if err := os.WriteFile(second, []byte(unnamed+"\nno"), 0o600); err != nil {
		t.Fatal(err)
	}
	r = d.run("", "probe", "--compare", second)
	if r.code != exitError || !strings.Contains(r.err, "second, line 2") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
}

// TestProbeFlags refuses what cannot be played, and says why.
func TestProbeFlags(t *testing.T) {
	t.Parallel()
	d, flags := newDesk(t), probed(t, nil)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"probe"}, "--addr, --system-id and --to are needed"},
		{[]string{"probe", "--compare"}, "--compare needs files"},
		{append(flags, "--to", "FR"), `--to "FR" is no international number`},
		{append(flags, "--to", "1234567890123456"), "up to 15 digits"},
		{append(flags, "--ca", "x.pem"), "need --tls"},
		{append(flags, "x.jsonl"), "go with --compare"},
		{append(flags, "--heavy", "0"), "more than nothing"},
		{append(flags, "--password", "other"), smpp.ESME_RINVPASWD.String()},
	} {
		r := d.run("", c.args...)
		if r.code != exitError || !strings.Contains(r.err, c.says) {
			t.Errorf("%v: exit %d: %s%s", c.args, r.code, r.out, r.err)
		}
	}
}

// TestProbeTLS probes over TLS, where a connection can be closed on one side too.
func TestProbeTLS(t *testing.T) {
	t.Parallel()
	certFile, keyFile := certify(t, t.TempDir(), 1)
	own, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	flags := append(probed(t, &tls.Config{Certificates: []tls.Certificate{own}}), "--only", "A1,A3,A4,A8", "--tls")
	d := newDesk(t)
	r := d.run("", append(flags, "--ca", certFile)...)
	if r.code != exitOK || !strings.Contains(r.out, "5 as the standard asks") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	if r := d.run("", flags...); r.code != exitError || !strings.Contains(r.err, "certificate") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
}
