package e2e

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// manifest is what the test looks at in one object of deploy/kubernetes.yaml.
type manifest struct {
	Kind string
	Data map[string]string
	Spec struct {
		Selector    any
		PodSelector struct {
			MatchLabels map[string]string `yaml:"matchLabels"`
		} `yaml:"podSelector"`
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     podSpec
		}
		Metrics []struct {
			Pods struct{ Metric struct{ Name string } }
		}
	}
}

type podSpec struct {
	Grace      int `yaml:"terminationGracePeriodSeconds"`
	Containers []struct {
		Args           []string
		Ports          []struct{ Name string }
		StartupProbe   probe `yaml:"startupProbe"`
		LivenessProbe  probe `yaml:"livenessProbe"`
		ReadinessProbe probe `yaml:"readinessProbe"`
		Lifecycle      struct {
			PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
		}
	}
}

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

func readManifests(t *testing.T) map[string]manifest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployFolder, "kubernetes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	byKind := map[string]manifest{}
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var m manifest
		if err := decoder.Decode(&m); err == io.EOF {
			return byKind
		} else if err != nil {
			t.Fatal(err)
		}
		byKind[m.Kind] = m
	}
}

// TestKubernetesManifests holds deploy/kubernetes.yaml against the program: its configuration is one, what is probed and
// measured is there, and a pod has the time that a drain takes.
func TestKubernetesManifests(t *testing.T) {
	t.Parallel()
	m := readManifests(t)
	for _, kind := range []string{"ConfigMap", "Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy"} {
		if _, ok := m[kind]; !ok {
			t.Fatalf("there is no %s", kind)
		}
	}
	config := filepath.Join(t.TempDir(), "geogate.yaml")
	if err := os.WriteFile(config, []byte(m["ConfigMap"].Data["geogate.yaml"]), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program("geogate"), "config", "check", "--config", config).CombinedOutput(); err != nil {
		t.Errorf("the configuration of the ConfigMap: %v\n%s", err, out)
	}
	pod := m["Deployment"].Spec.Template
	for kind, selector := range map[string]any{"Service": m["Service"].Spec.Selector, "NetworkPolicy": m["NetworkPolicy"].Spec.PodSelector.MatchLabels} {
		if labels, ok := selector.(map[string]any); ok && labels["app"] == pod.Metadata.Labels["app"] {
			continue
		}
		if labels, ok := selector.(map[string]string); !ok || !maps.Equal(labels, pod.Metadata.Labels) {
			t.Errorf("the %s selects %v, and pods are %v", kind, selector, pod.Metadata.Labels)
		}
	}
	c := pod.Spec.Containers[0]
	const bindGrace = 2 * time.Second
	if needed := 20*time.Second + bindGrace + time.Duration(c.Lifecycle.PreStop.Sleep.Seconds)*time.Second; time.Duration(pod.Spec.Grace)*time.Second <= needed {
		t.Errorf("a pod has %d s to end, and a drain may take %v", pod.Spec.Grace, needed)
	}
	r := newRig(t)
	for _, p := range []probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		if status, _ := r.get(p.HTTPGet.Path); p.HTTPGet.Port != "admin" || status != http.StatusOK {
			t.Errorf("%s on %s: %d", p.HTTPGet.Path, p.HTTPGet.Port, status)
		}
	}
	metric := m["HorizontalPodAutoscaler"].Spec.Metrics[0].Pods.Metric.Name
	if _, metrics := r.get("/metrics"); !strings.Contains(metrics, "\n"+metric+" ") {
		t.Errorf("there is no metric %s", metric)
	}
}

// get asks the admin address.
func (r *rig) get(path string) (status int, text string) {
	r.t.Helper()
	response, err := http.Get("http://" + r.admin + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}
