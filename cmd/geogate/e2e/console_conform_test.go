package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"geogate/smpp"
)

// markup is what somebody who may only choose a sender, a reason or a name would like the night shift's browser to run.
const markup = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`

// TestConformanceG48 shows texts of strangers in the console as texts, has other sites reach nothing through a browser
// that is signed in, and keeps the API on loopback unless TLS protects its tokens.
func TestConformanceG48(t *testing.T) {
	t.Parallel()
	c := newConsoleRig(t)
	c.redisCLI(fmt.Sprintf("HSET geo:account:acme +336 %q", fmt.Sprintf("block reason=%q", markup)))
	c.redisCLI(`HSET "geo:account:<b>bold</b>" parent acme`)
	c.answers("33612345678", smpp.ESME_RINVDSTADR)
	if _, _, err := c.esme.Submit(t.Context(), smpp.SubmitSM{
		Source: smpp.Address{TON: 5, Addr: []byte("<b onclick=x>")}, Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte("33612345678")},
		ShortMessage: []byte("hello"),
	}); err != nil {
		t.Fatal(err)
	}
	admin := c.token("alice", "--role", "admin")
	c.signIn(admin)
	c.at("acme")
	c.view("Rules")
	c.reads(markup)
	c.view("Accounts")
	c.reads("<b>bold</b>")
	c.view("Live")
	c.reads("<b onclick=x>")
	var pwned bool
	c.run(chromedp.Evaluate(`window.pwned === 1 || document.querySelector("main img, main script, main b") !== null`, &pwned))
	if pwned {
		t.Error("a text became markup")
	}
	crossSite(t, c)
	plaintextRefused(t)
}

// crossSite asks as a page of another site would through the browser of somebody who is signed in: there is no cookie
// that could speak for them, and no word that lets the page read.
func crossSite(t *testing.T, c *consoleRig) {
	t.Helper()
	for _, method := range []string{http.MethodPost, http.MethodOptions} {
		request, err := http.NewRequest(method, "http://"+c.api+"/v1/accounts/acme/suspend", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Origin", "https://elsewhere.example")
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode < 400 || response.Header.Get("Access-Control-Allow-Origin") != "" || len(response.Cookies()) > 0 {
			t.Errorf("%s from another site: %s %v", method, response.Status, response.Header)
		}
	}
	var cookies string
	c.run(chromedp.Evaluate(`document.cookie + Object.keys(localStorage)`, &cookies))
	if cookies != "" {
		t.Errorf("the browser keeps %q", cookies)
	}
	c.stored("geo:account:acme", "status", "")
}

// plaintextRefused starts Geogate with its API beyond loopback and without TLS: it names the setting, and ends.
func plaintextRefused(t *testing.T) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "geogate.yaml")
	if err := os.WriteFile(config, []byte("upstream: [127.0.0.1:1]\napi: {listen: '0.0.0.0:0'}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program("geogate"), "serve", "--config", config).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "api.tls") {
		t.Errorf("%v: %s", err, out)
	}
}
