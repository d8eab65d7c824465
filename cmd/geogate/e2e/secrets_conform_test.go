package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// Secrets of TestConformanceF50Everywhere. None of them, nor the number, may be seen anywhere.
const (
	redisSecret    = "sesame-of-redis"
	esmeSecret     = "hunter22"
	guessedSecret  = "guess-88"
	upstreamSecret = "upstr-77"
	wrongToken     = "gg_0123456789abcdef_not-the-right-one"
	hiddenNumber   = "4915123456789"
)

// TestConformanceF50Everywhere uses every secret that there is, rightly and wrongly, and a number that is refused, and looks
// for them wherever Geogate shows something: its log at level debug, metrics, status, the API, config show, errors.
func TestConformanceF50Everywhere(t *testing.T) {
	t.Parallel()
	s := newSecretRig(t)
	for password, want := range map[string]smpp.Status{esmeSecret: smpp.ESME_ROK, guessedSecret: smpp.ESME_RINVPASWD} {
		e, err := smpptest.Dial(t.Context(), s.listen)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if st, err := e.Bind(t.Context(), smpp.IDBindTransceiver, "acme", password); err != nil || st != want {
			t.Fatal(st, err)
		}
		if want == smpp.ESME_ROK {
			if st := sendTo(t, e, hiddenNumber); st != smpp.ESME_RINVDSTADR {
				t.Fatal(st)
			}
		}
	}
	viewer := strings.TrimSpace(s.geogate("", "token", "create", "night shift", "--role", "viewer", "--quiet", "--redis", s.url))
	seen := map[string]string{
		"metrics": get(t, "http://"+s.admin+"/metrics"), "status": get(t, "http://"+s.admin+"/status"),
		"config show":    s.geogate("", "config", "show", "--config", s.config),
		"geogate status": s.geogate("", "status", "--redis", s.url, "--admin", s.admin),
		"bind list":      s.geogate("", "bind", "list", "--redis", s.url),
		"token list":     s.geogate("", "token", "list", "--redis", s.url),
		"history":        s.geogate("", "log", "--redis", s.url),
		"a wrong URL":    s.geogate("", "status", "--redis", s.url+"/nonsense"),
	}
	for _, path := range []string{"/v1/status", "/v1/sessions", "/v1/binds", "/v1/refusals", "/v1/history", "/v1/accounts/acme"} {
		seen[path] = s.ask(viewer, path)
		seen[path+", a wrong token"] = s.ask(wrongToken, path)
	}
	seen["log"] = s.proxy.out.tail(1 << 24)
	if !strings.Contains(seen["log"], "bind refused") || !strings.Contains(seen["/v1/refusals"], "+49") {
		t.Errorf("too little is seen: %s\n%s", seen["log"], seen["/v1/refusals"])
	}
	_, tokenSecret, _ := strings.Cut(strings.TrimPrefix(viewer, "gg_"), "_")
	for where, text := range seen {
		for _, secret := range []string{
			redisSecret, esmeSecret, guessedSecret, upstreamSecret, tokenSecret, "not-the-right-one", hiddenNumber, "$argon2id$", "$2a$",
		} {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %q:\n%.2000s", where, secret, text)
			}
		}
	}
}

// secretRig is a rig in which everything has a secret.
type secretRig struct {
	*rig
	url    string // of Redis, with its password
	config string
	api    string
}

func newSecretRig(t *testing.T) *secretRig {
	t.Helper()
	centre := startCentre(t, "--password", upstreamSecret)
	s := &secretRig{
		rig:    &rig{t: t, redis: startRedis(t), listen: loopback(freePort(t)), admin: loopback(freePort(t)), centre: centre},
		config: filepath.Join(t.TempDir(), "geogate.yaml"), api: loopback(freePort(t)),
	}
	s.redisCLI("HSET geo:account:acme home GB", "CONFIG SET requirepass "+redisSecret)
	s.url = "redis://:" + redisSecret + "@" + loopback(s.redis)
	text := fmt.Sprintf("listen: %s\nadmin: %s\nupstream: [%s]\nredis: {url: %q}\napi: {listen: %s}\nlog: {level: debug}\n",
		s.listen, s.admin, centre.addr, s.url, s.api)
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.geogate(esmeSecret, "bind", "set", "acme", "--password-stdin", "--redis", s.url, "--yes")
	s.geogate(upstreamSecret, "bind", "set", "acme", "--upstream-password-stdin", "--redis", s.url, "--yes")
	s.proxy = start(t, program("geogate"), "serve", "--config", s.config)
	s.proxy.endsWell()
	listens(t, s.listen)
	listens(t, s.api)
	s.awaitRevision(1)
	return s
}

// geogate runs a command, whose exit code does not matter here, and returns all that it prints.
func (s *secretRig) geogate(stdin string, args ...string) string {
	s.t.Helper()
	cmd := exec.Command(program("geogate"), args...)
	cmd.Stdin = strings.NewReader(stdin + "\n")
	out, _ := cmd.CombinedOutput()
	if len(out) == 0 {
		s.t.Errorf("geogate %s prints nothing", args[0])
	}
	return string(out)
}

// ask asks the API.
func (s *secretRig) ask(token, path string) string {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+s.api+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}
