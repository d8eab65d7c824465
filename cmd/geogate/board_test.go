package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"go.yaml.in/yaml/v3"

	"geogate/config"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestQueries holds every metric and every label value that the alerts and the board ask for against a live node
// that has what there is to count: TLS, an audit record, a bind and a refusal.
func TestQueries(t *testing.T) {
	t.Parallel()
	series := liveSeries(t)
	for _, query := range slices.Concat(alertQueries(t), boardQueries(t)) {
		asked := selectors(t, query)
		if len(asked) == 0 {
			t.Errorf("%s: asks for no metric of Geogate", query)
		}
		for _, s := range asked {
			if !slices.ContainsFunc(series, s.matches) {
				t.Errorf("%s: no node has %s", query, s.text)
			}
		}
	}
}

// TestMetricsDocument holds the table of docs/metrics.md against what a live node has to tell, names and labels.
func TestMetricsDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{} // by metric
	for _, row := range regexp.MustCompile("(?m)^\\| (`geogate_.*?) \\| (.*?) ?\\|").FindAllStringSubmatch(string(text), -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			labels[strings.Trim(name, "`")] = row[2]
		}
	}
	told := map[string]bool{"geogate_record_stream_lines_total": true} // this node has no stream
	for _, series := range liveSeries(t) {
		name := strings.TrimSuffix(series["name"], "_bucket")
		if !strings.HasPrefix(name, "geogate_") {
			continue
		}
		told[name] = true
		want, ok := labels[name]
		if !ok {
			t.Errorf("%s is not in docs/metrics.md", name)
		}
		for label := range series {
			if label != "name" && !slices.Contains(strings.Split(want, ", "), label) {
				t.Errorf("the label %s of %s is not in docs/metrics.md", label, name)
			}
		}
	}
	for name := range labels {
		if !told[name] {
			t.Errorf("docs/metrics.md has %s, and no node does", name)
		}
	}
}

// selector is one name{label="value"} of a query.
type selector struct {
	text, name string
	labels     map[string]*regexp.Regexp
}

var (
	selectorText = regexp.MustCompile(`\b((?:geogate|process)_[a-z_]+)(\{[^}]*\})?`)
	matcherText  = regexp.MustCompile(`([a-z_]+)(=~|=)"([^"]*)"`)
)

// setByPrometheus are metrics and labels that come with the scrape and not from the node.
var setByPrometheus = []string{`up{job="geogate"} == 0`, "instance"}

func selectors(t *testing.T, query string) []selector {
	t.Helper()
	var found []selector
	for _, m := range selectorText.FindAllStringSubmatch(query, -1) {
		s := selector{text: m[0], name: m[1], labels: map[string]*regexp.Regexp{}}
		for _, label := range matcherText.FindAllStringSubmatch(m[2], -1) {
			value := label[3]
			if label[2] == "=" {
				value = regexp.QuoteMeta(value)
			}
			if !slices.Contains(setByPrometheus, label[1]) {
				s.labels[label[1]] = regexp.MustCompile("^(?:" + value + ")$")
			}
		}
		found = append(found, s)
	}
	return found
}

// matches reports whether a series, "name" before its labels, is one that the selector asks for.
func (s selector) matches(series map[string]string) bool {
	if series["name"] != s.name {
		return false
	}
	for label, value := range s.labels {
		if !value.MatchString(series[label]) {
			return false
		}
	}
	return true
}

// liveSeries is all that a node tells Prometheus.
func liveSeries(t *testing.T) (all []map[string]string) {
	t.Helper()
	redis := miniredis.RunT(t)
	redis.HSet("geo:account:acme", "home", "GB")
	certFile, keyFile := certify(t, t.TempDir(), 1)
	n := startNode(t, redis, func(c *config.Config) {
		c.Listeners["secure"] = &config.Listener{
			Address: "127.0.0.1:0", TLS: config.ListenerTLS{Certificate: certFile, Key: keyFile},
		}
		c.Record.Dir, c.Record.Node = t.TempDir(), "test"
	})
	until(t, "the policy", func() bool { return n.store.Policy() != nil })
	esme, err := smpptest.Dial(t.Context(), n.doors[0].listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer esme.Close()
	if st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "acme", "secret"); st != smpp.ESME_ROK || err != nil {
		t.Fatal(st, err)
	}
	refused := smpp.SubmitSM{Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte("33612345678")}}
	if f, err := esme.Do(t.Context(), refused.Append(nil, smpp.Header{Sequence: 7})); err != nil || f.Status() == smpp.ESME_ROK {
		t.Fatal(f, err)
	}
	families, err := n.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			series := map[string]string{"name": family.GetName()}
			if metric.Histogram != nil {
				series["name"] += "_bucket"
			}
			for _, label := range metric.GetLabel() {
				series[label.GetName()] = label.GetValue()
			}
			all = append(all, series)
		}
	}
	return all
}

func alertQueries(t *testing.T) (queries []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile("../../deploy/alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			if !strings.Contains(string(tests), fmt.Sprintf("\n      - alertname: %s\n", rule.Alert)) {
				t.Errorf("%s: nothing in deploy/alerts_test.yaml shows it fire", rule.Alert)
			}
			if !slices.Contains(setByPrometheus, rule.Expr) {
				queries = append(queries, rule.Expr)
			}
		}
	}
	return queries
}

func boardQueries(t *testing.T) (queries []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Type, Title string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	for _, panel := range board.Panels {
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("%s: shows nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			queries = append(queries, target.Expr)
		}
	}
	return queries
}
