package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Whose schemas deploy/kubernetes.yaml is held against, and by what; both come as Go modules.
const (
	kubernetes  = "k8s.io/kubernetes@v1.32.0"
	kubeconform = "github.com/yannh/kubeconform/cmd/kubeconform@v0.6.7"
)

// TestKubeconform holds deploy/kubernetes.yaml against the schemas of Kubernetes, no unknown field let pass; and a
// manifest with a slip of the pen, which has to be found.
func TestKubeconform(t *testing.T) {
	t.Parallel()
	schemas := kubernetesSchemas(t)
	text, err := os.ReadFile(filepath.Join(deployFolder, "kubernetes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	conforms := func(manifest string) (string, error) {
		cmd := exec.Command("go", "run", kubeconform, "-strict", "-summary", "-schema-location", schemas+"/{{.ResourceKind}}{{.KindSuffix}}.json", "-")
		cmd.Stdin = strings.NewReader(manifest)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := conforms(string(text)); err != nil || !strings.Contains(out, "Valid: 6, Invalid: 0, Errors: 0, Skipped: 0") {
		t.Errorf("%v: %s", err, out)
	}
	for right, wrong := range map[string]string{
		"preStop: {sleep:": "prestop: {sleep:", "averageValue: \"5000\"": "averageValue: [5000]", "maxUnavailable: 1": "maxUnavailble: 1",
	} {
		slip := strings.Replace(string(text), right, wrong, 1)
		if out, err := conforms(slip); slip == string(text) || err == nil || !strings.Contains(out, "Invalid: 1") {
			t.Errorf("%s is not found: %s", wrong, out)
		}
	}
}

// kubernetesSchemas makes the folder of schemas that kubeconform reads out of the description of Kubernetes's own API.
func kubernetesSchemas(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	download := exec.Command("go", "mod", "download", "-json", kubernetes)
	download.Dir = folder // no module: nothing of ours is touched
	out, err := download.Output()
	var module struct{ Dir string }
	if err != nil || json.Unmarshal(out, &module) != nil {
		missing(t, kubernetes+" cannot be downloaded: this test needs a module proxy")
	}
	text, err := os.ReadFile(filepath.Join(module.Dir, "api/openapi-spec/swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	var api struct {
		Definitions map[string]map[string]any
	}
	if err := json.Unmarshal(text, &api); err != nil {
		t.Fatal(err)
	}
	for name, definition := range api.Definitions {
		strict(definition)
		if strings.HasSuffix(name, ".Quantity") {
			definition["type"] = []string{"string", "number"}
		}
	}
	for name, definition := range api.Definitions {
		for file := range kinds(definition) {
			schema, err := json.Marshal(map[string]any{"$ref": "#/definitions/" + name, "definitions": api.Definitions})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, file), schema, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return folder
}

// deployed are the kinds of deploy/kubernetes.yaml, as kubeconform names their schemas.
var deployed = map[string]bool{
	"configmap-v1.json": true, "service-v1.json": true, "deployment-apps-v1.json": true, "poddisruptionbudget-policy-v1.json": true,
	"horizontalpodautoscaler-autoscaling-v2.json": true, "networkpolicy-networking-v1.json": true,
}

// kinds are the files of the deployed kinds that a definition describes.
func kinds(definition map[string]any) map[string]bool {
	files := map[string]bool{}
	list, _ := definition["x-kubernetes-group-version-kind"].([]any)
	for _, one := range list {
		of, _ := one.(map[string]any)
		text := func(member string) string { s, _ := of[member].(string); return s }
		group, _, _ := strings.Cut(text("group"), ".")
		parts := []string{strings.ToLower(text("kind")), group, text("version")}
		if group == "" {
			parts = []string{parts[0], parts[2]}
		}
		if file := strings.Join(parts, "-") + ".json"; deployed[file] {
			files[file] = true
		}
	}
	return files
}

// strict lets an object have no members but its own, and a number stand where Kubernetes takes one for a text.
func strict(schema map[string]any) {
	properties, ok := schema["properties"].(map[string]any)
	if !ok {
		if schema["format"] == "int-or-string" {
			schema["type"] = []string{"string", "integer"}
		}
		return
	}
	if schema["additionalProperties"] == nil {
		schema["additionalProperties"] = false
	}
	for _, p := range properties {
		if one, ok := p.(map[string]any); ok {
			strict(one)
		}
	}
}
