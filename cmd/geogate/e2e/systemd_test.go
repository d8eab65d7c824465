package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"geogate/smpp"
)

// TestUnits has systemd look at the units that are shipped, with the program where they have it.
func TestUnits(t *testing.T) {
	t.Parallel()
	verify := need(t, "systemd-analyze", "apt-get install systemd")
	dir := t.TempDir()
	var files []string
	for _, name := range []string{"geogate.service", "geogate.socket"} {
		text, err := os.ReadFile(filepath.Join("../../../deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		there := strings.ReplaceAll(string(text), "/usr/local/bin/geogate", program("geogate"))
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(files[len(files)-1], []byte(there), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(verify, append([]string{"verify", "--man=no"}, files...)...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestSocketActivation has systemd's own program listen and start Geogate with the socket once somebody comes.
func TestSocketActivation(t *testing.T) {
	t.Parallel()
	activate := need(t, "systemd-socket-activate", "apt-get install systemd")
	r := &rig{t: t, redis: startRedis(t), centre: startCentre(t), listen: loopback(freePort(t))}
	r.redisCLI("HSET geo:account:acme home GB")
	p := start(t, activate, "--listen", r.listen, "--fdname", "listen", program("geogate"), "serve",
		"--upstream", r.centre.addr, "--redis", r.redisURL(), "--admin", loopback(freePort(t)))
	p.endsWell()
	eventually(t, "the socket", func() bool { return strings.Contains(p.out.tail(1<<10), "Listening on") })
	e := r.bind()
	if st, _, err := e.SubmitTo(t.Context(), "447400123456", "hello"); st != smpp.ESME_ROK || err != nil {
		t.Error(st, err)
	}
}
