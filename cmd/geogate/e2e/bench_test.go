package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSideBySide runs a comparison of a fraction of a second a subject: every one of them relays every message
// right. Its figures mean nothing.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	need(t, "redis-server", "apt-get install redis-server")
	need(t, "haproxy", "apt-get install haproxy")
	dir := t.TempDir()
	out, err := exec.Command(program("smppbench"), "--rounds", "1", "--duration", "200ms", "--points", "10x10",
		"--rates", "1000", "--refusing", "10x10", "--out", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Results []struct {
			Subject string
			Samples []struct {
				PerSecond float64 `json:"per_second"`
			}
		}
		Ratios []struct{ Subject string }
	}
	if err := json.Unmarshal(raw, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Results) != 7*2+2 { // two cases of each subject, and one of those who refuse
		t.Fatalf("%d results: %s", len(report.Results), raw)
	}
	for _, r := range report.Results {
		if len(r.Samples) != 1 || r.Samples[0].PerSecond <= 0 {
			t.Errorf("%s answered nothing", r.Subject)
		}
	}
	compared := map[string]bool{}
	for _, r := range report.Ratios {
		compared[r.Subject] = true
	}
	if len(compared) != 4 { // geogate, copy and decode to haproxy, geogate-tls to haproxy-tls
		t.Errorf("ratios of %v", compared)
	}
}
