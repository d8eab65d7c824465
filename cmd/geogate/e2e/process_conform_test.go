package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"geogate/smpp"
)

// TestConformanceF41Hangup sends SIGHUP: the file is read although nobody changed it; then a bad one is put in its place,
// and the process goes on as before and says why.
func TestConformanceF41Hangup(t *testing.T) {
	t.Parallel()
	centre := startCentre(t)
	r := &rig{t: t, redis: startRedis(t), listen: loopback(freePort(t)), admin: loopback(freePort(t)), centre: centre}
	file := filepath.Join(t.TempDir(), "geogate.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	hangUp := func(told string) {
		t.Helper()
		if err := r.proxy.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, told, func() bool { return strings.Contains(r.proxy.out.tail(1<<20), told) })
	}
	write("upstream: [" + centre.addr + "]\n")
	r.proxy = start(t, program("geogate"), "serve", "--config", file, "--listen", r.listen, "--redis", r.redisURL(), "--admin", r.admin)
	r.proxy.endsWell()
	listens(t, r.listen)
	r.account("acme", "home GB")
	e := bindTo(t, r.listen)
	hangUp(`"msg":"reloaded`)
	write("upstream: [" + centre.addr + "]\nlimits:\n  max_binds: many\n  max_bind: 1\n")
	hangUp("nothing was changed")
	said := r.proxy.out.tail(1 << 20)
	for _, fault := range []string{"geogate.yaml:3: limits.max_binds: many", "geogate.yaml:4: limits.max_bind: there is no such setting"} {
		if !strings.Contains(said, fault) {
			t.Errorf("%q is not told", fault)
		}
	}
	if st := sendTo(t, e, "447400123456"); st != smpp.ESME_ROK {
		t.Error(st)
	}
	if !r.mayBind("acme") {
		t.Error("nobody can bind any more")
	}
}

// TestConformanceF46ExitCode starts with a file full of faults: all of them in one message, and exit code 2.
func TestConformanceF46ExitCode(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(program("geogate"), "serve", "--config", "../../../config/testdata/everything-wrong.yaml")
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 2 {
		t.Errorf("exit code %d", code)
	}
	for _, line := range []int{1, 2, 3, 5, 6, 7, 8, 10, 12, 14, 15} {
		if !strings.Contains(string(out), fmt.Sprintf("everything-wrong.yaml:%d: ", line)) {
			t.Errorf("the fault of line %d is not told", line)
		}
	}
	if strings.Count(string(out), "geogate: ") != 1 || t.Failed() {
		t.Errorf("%s", out)
	}
}
