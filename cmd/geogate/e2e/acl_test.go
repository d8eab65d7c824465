package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestACL runs a real Redis with the accounts of deploy/redis.acl: the proxy follows with no more rights than
// its own, and the tools change the policy with theirs.
func TestACL(t *testing.T) {
	t.Parallel()
	server := need(t, "redis-server", "apt-get install redis-server redis-tools")
	accounts, err := os.ReadFile("../../../deploy/redis.acl")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(file, accounts, 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	start(t, server, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--aclfile", file, "--dir", t.TempDir())
	listens(t, loopback(port))

	tools := start(t, program("geogate"), "account", "create", "acme", "home=GB",
		"--redis", "redis://geogate-tools:change-me-too@"+loopback(port))
	<-tools.done
	if tools.err != nil {
		t.Fatalf("the tools cannot write with their rights: %v", tools.err)
	}
	admin := loopback(freePort(t))
	start(t, program("geogate"), "serve", "--listen", loopback(freePort(t)), "--upstream", "127.0.0.1:1",
		"--redis", "redis://geogate:change-me@"+loopback(port), "--admin", admin).endsWell()
	eventually(t, "the proxy to follow with its rights", func() bool {
		resp, err := http.Get("http://" + admin + "/status")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		var status struct {
			Ready bool
			Mode  string
		}
		return json.NewDecoder(resp.Body).Decode(&status) == nil && status.Ready && status.Mode == "tracking"
	})

	// The API writes too, and keeps to the rights of its own account.
	token := exec.Command(program("geogate"), "token", "create", "alice", "--role", "operator", "--quiet",
		"--redis", "redis://geogate-tools:change-me-too@"+loopback(port))
	text, err := token.Output()
	if err != nil {
		t.Fatalf("the tools cannot make a token with their rights: %v", err)
	}
	api := loopback(freePort(t))
	serve := exec.Command(program("geogate"), "serve", "--listen", loopback(freePort(t)), "--upstream", "127.0.0.1:1",
		"--redis", "redis://geogate-api:change-me-three@"+loopback(port), "--admin", loopback(freePort(t)))
	serve.Env = append(os.Environ(), "GEOGATE_API_LISTEN="+api)
	startCommand(t, serve).endsWell()
	listens(t, api)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://"+api+"/v1/accounts/acme/rules/FR",
		strings.NewReader(`{"action":"allow"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(text)))
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if answer, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		t.Errorf("the API cannot write with its rights: %s %s", response.Status, answer)
	}
}
