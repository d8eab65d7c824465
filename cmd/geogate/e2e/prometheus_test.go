package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"geogate/smpp"
)

const alertRules = "../../../deploy/alerts.yaml"

// TestAlerts has promtool read the alert rules and play each alert through, quiet and firing.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool := need(t, "promtool", "apt-get install prometheus")
	for _, args := range [][]string{
		{"check", "rules", alertRules}, {"test", "rules", "../../../deploy/alerts_test.yaml"},
	} {
		if out, err := exec.Command(promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// TestPrometheus has a real Prometheus scrape a live Geogate and load its alerts: no sample is lost, no rule
// fails, every query of the board is one that it can answer.
func TestPrometheus(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := startPrometheus(t, r.admin, "")
	eventually(t, "a scrape", func() bool { return p.value(`up{job="geogate"}`) == "1" })
	eventually(t, "the sessions", func() bool { return p.value("geogate_sessions") == "0" })
	r.account("acme", "home GB")
	if st, _, err := r.bind().SubmitTo(t.Context(), "252631234567", "hello"); err != nil || st != smpp.ESME_RINVDSTADR {
		t.Fatal(st, err)
	}
	eventually(t, "the refusal", func() bool {
		return p.value(`geogate_regions_total{verdict="refuse",region="SO"}`) == "1"
	})
	eventually(t, "every rule to be evaluated", func() bool { return p.rulesHealthy() })
	_, metrics := r.get("/metrics")
	check := exec.Command(need(t, "promtool", "apt-get install prometheus"), "check", "metrics")
	check.Stdin = strings.NewReader(metrics)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
	for _, query := range boardQueries(t) {
		p.query(strings.NewReplacer("$__rate_interval", "1m", "$node", ".+").Replace(query))
	}
}

type scraper struct {
	t    *testing.T
	addr string
}

// startPrometheus starts Prometheus with the alert rules and a Geogate to scrape; history is what it knows already, in the
// format of OpenMetrics.
func startPrometheus(t *testing.T, admin, history string) *scraper {
	t.Helper()
	server := need(t, "prometheus", "apt-get install prometheus")
	rules, err := filepath.Abs(alertRules)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [%s]\n"+
		"scrape_configs:\n  - job_name: geogate\n    static_configs: [{targets: ['%s']}]\n", rules, admin)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if history != "" {
		known := filepath.Join(dir, "history")
		if err := os.WriteFile(known, []byte(history), 0o600); err != nil {
			t.Fatal(err)
		}
		promtool := need(t, "promtool", "apt-get install prometheus")
		if out, err := exec.Command(promtool, "tsdb", "create-blocks-from", "openmetrics", known, data).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	s := &scraper{t, loopback(freePort(t))}
	start(t, server, "--config.file", config, "--storage.tsdb.path", data, "--web.listen-address", s.addr)
	listens(t, s.addr)
	return s
}

// get asks Prometheus and demands an answer without an error; false: it is not ready yet.
func (s *scraper) get(path string, into any) bool {
	s.t.Helper()
	resp, err := http.Get("http://" + s.addr + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusServiceUnavailable {
		return false
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s %v %+v", path, resp.Status, err, into)
	}
	return true
}

// query returns the values of a query's series.
func (s *scraper) query(query string) (values []string) {
	s.t.Helper()
	var answer struct {
		Error string
		Data  struct {
			Result []struct{ Value [2]any }
		}
	}
	s.get("/api/v1/query?query="+url.QueryEscape(query), &answer)
	for _, series := range answer.Data.Result {
		values = append(values, fmt.Sprint(series.Value[1]))
	}
	return values
}

// value is that of a query with one series; "" without any.
func (s *scraper) value(query string) string {
	s.t.Helper()
	return strings.Join(s.query(query), " ")
}

// rulesHealthy reports whether every rule was evaluated, and fails the test when one cannot be.
func (s *scraper) rulesHealthy() bool {
	s.t.Helper()
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	if !s.get("/api/v1/rules", &answer) || len(answer.Data.Groups) == 0 {
		return false
	}
	for _, rule := range answer.Data.Groups[0].Rules {
		switch {
		case rule.Health == "err":
			s.t.Fatalf("%s: %s", rule.Name, rule.LastError)
		case rule.Health != "ok":
			return false
		}
	}
	return len(answer.Data.Groups[0].Rules) > 0
}

func boardQueries(t *testing.T) (queries []string) {
	t.Helper()
	text, err := os.ReadFile("../../../deploy/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			queries = append(queries, target.Expr)
		}
	}
	return queries
}
