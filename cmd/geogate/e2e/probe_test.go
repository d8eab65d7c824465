package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// TestConformanceProbe plays `geogate probe` against Geogate in front of smscsim: all is as SMPP 3.4 asks. smscsim
// itself is no strict message centre, so that whatever is refused was refused by Geogate.
func TestConformanceProbe(t *testing.T) {
	t.Parallel()
	r := newRig(t, "--system-id", "acme", "--password", "secret")
	r.account("acme", "home GB")
	probe := func(addr string) (string, error) {
		out, err := exec.Command(program("geogate"), "probe", "--addr", addr, "--system-id", "acme", "--password", "secret",
			"--to", "447400123456", "--patience", "5s").CombinedOutput()
		return string(out), err
	}
	out, err := probe(r.listen)
	if err != nil || !strings.Contains(out, " 0 otherwise, 0 failed, 2 not played, server lost: 0") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := probe(r.centre.addr); err == nil || !strings.Contains(out, "differ") {
		t.Errorf("the probe finds nothing where something is: %v\n%s", err, out)
	}
}
