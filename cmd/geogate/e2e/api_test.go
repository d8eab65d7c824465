package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// newAPIRig starts all of it with the HTTP API and a record.
func newAPIRig(t *testing.T) (r *rig, api string) {
	t.Helper()
	centre := startCentre(t)
	r = &rig{t: t, redis: startRedis(t), listen: loopback(freePort(t)), admin: loopback(freePort(t)), centre: centre}
	r.redisCLI("HSET geo:meta schema 1")
	api = loopback(freePort(t))
	r.record = filepath.Join(t.TempDir(), "record")
	config := filepath.Join(t.TempDir(), "geogate.yaml")
	text := fmt.Sprintf("api:\n  listen: %s\nrecord:\n  directory: %s\n  node: n1\n  sample: 1\n", api, r.record)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r.proxy = start(t, program("geogate"), "serve", "--config", config, "--listen", r.listen, "--upstream", centre.addr,
		"--redis", r.redisURL(), "--admin", r.admin)
	r.proxy.endsWell()
	listens(t, api)
	listens(t, r.listen)
	return r, api
}

// token makes a token with the command that operators use.
func (r *rig) token(args ...string) string {
	r.t.Helper()
	cmd := exec.Command(program("geogate"), append([]string{"token", "create", "--quiet", "--redis", r.redisURL()}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// example is one command of a document, and what it prints; "..." stands for anything.
type example struct{ command, output string }

func examples(t *testing.T, path string) (list []example) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for _, one := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			lines := strings.Split(strings.TrimRight(one, "\n"), "\n")
			n := 0
			for strings.HasSuffix(lines[n], "\\") {
				n++
			}
			list = append(list, example{strings.Join(lines[:n+1], "\n"), strings.Join(lines[n+1:], "\n")})
		}
	}
	return list
}

// TestAPIDocument runs every command of docs/api.md.
func TestAPIDocument(t *testing.T) {
	t.Parallel()
	need(t, "curl", "apt-get install curl")
	r, api := newAPIRig(t)
	runDocument(t, "../../../docs/api.md", 20, "GEOGATE=http://"+api, "GEOGATE_REDIS_URL="+r.redisURL())
}

// runDocument runs every command of a document in one shell, and holds what it prints against the document.
func runDocument(t *testing.T, path string, atLeast int, environment ...string) {
	t.Helper()
	list := examples(t, path)
	if len(list) < atLeast {
		t.Fatalf("%s has %d commands", path, len(list))
	}
	const mark = "-- end of an example --"
	var script strings.Builder
	for _, e := range list {
		fmt.Fprintf(&script, "%s\necho; echo %q\n", e.command, mark)
	}
	cmd := exec.Command("sh", "-eu")
	cmd.Env = append(append(os.Environ(), "PATH="+programs+":"+os.Getenv("PATH")), environment...)
	cmd.Stdin = strings.NewReader(script.String())
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v: %s", err, errs.String())
	}
	printed := strings.Split(string(out), mark+"\n")
	for i, e := range list {
		if i >= len(printed)-1 {
			t.Fatalf("%s did not end: %s", e.command, errs.String())
		}
		if got := strings.TrimSpace(printed[i]); !fits(got, e.output) {
			t.Errorf("%s\nprinted %s\nwant    %s", e.command, got, e.output)
		}
	}
}

// TestPermissionsDocument runs the worked cases of docs/permissions.md.
func TestPermissionsDocument(t *testing.T) {
	t.Parallel()
	need(t, "redis-cli", "apt-get install redis-tools")
	redis := fmt.Sprintf("redis://127.0.0.1:%d", startRedis(t))
	runDocument(t, "../../../docs/permissions.md", 20, "GEOGATE_REDIS_URL="+redis)
}

// fits compares a text with one in which "..." stands for anything.
func fits(text, pattern string) bool {
	parts := strings.Split(pattern, "...")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(strings.TrimSpace(p))
	}
	return regexp.MustCompile("(?s)^" + strings.Join(parts, ".*") + "$").MatchString(text)
}

// TestTwilioTraffic changes permissions with the official npm package, and sends: the next submit_sm follows.
func TestTwilioTraffic(t *testing.T) {
	t.Parallel()
	node := need(t, "node", "apt-get install nodejs")
	modules, err := filepath.Abs("../../../.work/npm/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "twilio")); err != nil {
		missing(t, "the npm package twilio is not installed: make deps")
	}
	r, api := newAPIRig(t)
	r.account("acme", "home GB")
	token := r.token("portal", "--role", "customer", "--account", "acme")
	esme, err := smpptest.Dial(t.Context(), r.listen)
	if err != nil {
		t.Fatal(err)
	}
	defer esme.Close()
	if st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "acme", "secret"); err != nil || st != smpp.ESME_ROK {
		t.Fatal(st, err)
	}
	italy := func() smpp.Status {
		sm := smpp.SubmitSM{Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte("393331234567")}, ShortMessage: []byte("ciao")}
		st, _, err := esme.Submit(t.Context(), sm)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	if st := italy(); st != smpp.ESME_RINVDSTADR {
		t.Fatalf("before, a message to Italy gets %v", st)
	}
	cmd := exec.Command(node, "../../../config/admin/testdata/twilio.js", "http://"+api, "acme", token)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("the package saw %s", out)
	eventually(t, "the next submit_sm to follow", func() bool { return italy() == smpp.ESME_ROK })

	// The refusal from before is among the latest ones, and the session is on the list.
	var refusals struct {
		Refusals []struct{ Region, Reason, Number string }
	}
	r.ask(api, "/v1/refusals", token, &refusals)
	if n := len(refusals.Refusals); n == 0 || refusals.Refusals[n-1].Region != "IT" || !strings.Contains(refusals.Refusals[n-1].Number, "*") {
		t.Errorf("the refusals are %+v", refusals)
	}
	var sessions struct {
		Sessions []struct {
			SystemID string `json:"system_id"`
			State    string
		}
	}
	r.ask(api, "/v1/sessions", token, &sessions)
	if len(sessions.Sessions) != 1 || sessions.Sessions[0].State != "BOUND_TRX" {
		t.Errorf("the sessions are %+v", sessions)
	}
}

// ask gets an answer of the API.
func (r *rig) ask(api, path, token string, into any) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "http://"+api+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil || response.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s: %v", path, response.Status, err)
	}
}
