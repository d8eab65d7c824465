package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
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
}
