package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestConformanceProbe plays `geogate probe` against Geogate in front of smscsim: all is as SMPP 3.4 asks. smscsim
// itself is no strict message centre, so that whatever is refused was refused by Geogate.
func TestConformanceProbe(t *testing.T) {
	t.Parallel()
	r := newRig(t, "--system-id", "acme", "--password", "secret")
	r.account("acme", "home GB")
	out, err := playProbe("--addr", r.listen)
	if err != nil || !strings.Contains(out, " 0 otherwise, 0 failed, ") || !strings.Contains(out, "server lost: 0") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := playProbe("--addr", r.centre.addr); err == nil || !strings.Contains(out, "differ") {
		t.Errorf("the probe finds nothing where something is: %v\n%s", err, out)
	}
}

// TestConformanceProbeBothEnds plays all there is: the probe is the message centre too, and waits for timers.
func TestConformanceProbeBothEnds(t *testing.T) {
	t.Parallel()
	redis, listen, centre := startRedis(t), loopback(freePort(t)), loopback(freePort(t))
	r := &rig{t: t, redis: redis}
	r.redisCLI("HSET geo:meta schema 1", "HSET geo:account:acme home GB")
	file := filepath.Join(t.TempDir(), "geogate.yaml")
	settings := "listen: " + listen + "\nadmin: " + loopback(freePort(t)) + "\nupstream: [" + centre + "]\n" +
		"redis: {url: " + r.redisURL() + "}\n" +
		"timers: {session_init: 2s, inactivity: 3s, write_timeout: 2s, connect: 2s}\n"
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, program("geogate"), "serve", "--config", file).endsWell()
	eventually(t, "geogate to know who is who", func() bool {
		esme, err := smpptest.Dial(t.Context(), listen)
		if err != nil {
			return false
		}
		defer esme.Close()
		st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "nobody", "secret")
		return err == nil && st == smpp.ESME_RINVSYSID
	})
	out, err := playProbe("--addr", listen, "--mc", centre, "--timers", "20s")
	if err != nil || !strings.Contains(out, " 0 otherwise, 0 failed, 0 not played, server lost: 0") {
		t.Errorf("%v\n%s", err, out)
	}
}

func playProbe(flags ...string) (string, error) {
	flags = append(flags, "--system-id", "acme", "--password", "secret", "--to", "447400123456", "--patience", "5s")
	out, err := exec.Command(program("geogate"), append([]string{"probe"}, flags...)...).CombinedOutput()
	return string(out), err
}
