package admin

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestConformanceG47 knocks at the API as strangers and careless clients do. Each is told what is wrong, and nothing is
// changed.
func TestConformanceG47(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, "HSET geo:account:acme home GB", "HSET geo:account:globex home US")
	before := d.everything()
	const rule = `{"action":"allow"}`
	for _, c := range []struct {
		what, who, method, path, body string
		header                        string
		want                          int
	}{
		{"no token", "", "PUT", "/v1/accounts/acme/rules/FR", rule, "", http.StatusUnauthorized},
		{"a wrong token", "", "PUT", "/v1/accounts/acme/rules/FR", rule, "Authorization: Bearer gg_0123456789abcdef_x", http.StatusUnauthorized},
		{"a token of another scheme", "", "PUT", "/v1/accounts/acme/rules/FR", rule, "Authorization: Digest x", http.StatusUnauthorized},
		{"another's account", "customer:acme", "PUT", "/v1/accounts/globex/rules/FR", rule, "", http.StatusNotFound},
		{"the platform", "customer:acme", "PUT", "/v1/accounts/platform/rules/FR", rule, "", http.StatusNotFound},
		{"a role too low", "viewer", "PUT", "/v1/accounts/acme/rules/FR", rule, "", http.StatusForbidden},
		{"a path upwards", "admin", "PUT", "/v1/accounts/acme/%2e%2e/globex/rules/FR", rule, "", http.StatusNotFound},
		{"an account that is a path", "admin", "PUT", "/v1/accounts/..%2Fmeta/rules/FR", rule, "", http.StatusNotFound},
		{"an account that is a key", "admin", "PUT", "/v1/accounts/acme%00/rules/FR", rule, "", http.StatusNotFound},
		{"10 MB", "admin", "PUT", "/v1/accounts/acme/rules/FR", `{"action":"allow","reason":"` + strings.Repeat("x", 10<<20) + `"}`, "", http.StatusRequestEntityTooLarge},
		{"an unknown field", "admin", "PUT", "/v1/accounts/acme/rules/FR", `{"action":"allow","untill":"2099-01-01T00:00:00Z"}`, "", http.StatusUnprocessableEntity},
		{"no JSON", "admin", "PUT", "/v1/accounts/acme/rules/FR", `{"action":`, "", http.StatusBadRequest},
		{"a form", "admin", "PUT", "/v1/accounts/acme/rules/FR", "action=allow", "Content-Type: application/x-www-form-urlencoded", http.StatusUnsupportedMediaType},
		{"a stale If-Match", "admin", "PUT", "/v1/accounts/acme/rules/FR", rule, `If-Match: "0123456789abcdef"`, http.StatusPreconditionFailed},
	} {
		var headers []string
		if c.header != "" {
			headers = append(headers, c.header)
		}
		r := d.do(c.who, c.method, c.path, c.body, headers...)
		if r.status != c.want {
			t.Errorf("%s: status %d, want %d: %.300s", c.what, r.status, c.want, r.text)
			continue
		}
		r.want(c.want)
	}
	d.slow()
	if after := d.everything(); after != before {
		t.Errorf("something was changed:\n%s\nwas\n%s", after, before)
	}
}

// slow sends a part of a body and waits for the answer.
func (d *desk) slow() {
	d.t.Helper()
	at, _ := url.Parse(d.url)
	conn, err := net.Dial("tcp", at.Host)
	if err != nil {
		d.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "PUT /v1/accounts/acme/rules/FR HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{", d.token("admin"))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		d.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusRequestTimeout {
		d.t.Errorf("a body that does not come: status %d", response.StatusCode)
	}
}

// everything is what Redis holds of the policy.
func (d *desk) everything() string {
	d.t.Helper()
	written, err := d.store.Load(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return fmt.Sprint(written)
}
