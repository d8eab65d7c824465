package config

import (
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestListenerForms(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t)
	certFile, keyFile := writeFile(t, "cert.pem", cert), writeFile(t, "key.pem", key)
	path := writeFile(t, "geogate.yaml", []byte(`
upstream: [a:1]
listen: ""
listeners:
  secure:
    address: 127.0.0.1:3550
    tls: {certificate: `+certFile+`, key: `+keyFile+`, client_ca: `+certFile+`, client_auth: required}
  balanced:
    address: 127.0.0.1:2775
    reuse_port: true
    proxy_protocol: [192.0.2.1, 198.51.100.7/24, "2001:db8::/32"]
`))
	c, err := Load(path, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*Listener{
		"secure": {Address: "127.0.0.1:3550", TLS: ListenerTLS{certFile, keyFile, certFile, "required"}},
		"balanced": {Address: "127.0.0.1:2775", ReusePort: true, ProxyProtocol: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32"),
			netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8::/32")}},
	}
	if !reflect.DeepEqual(c.Listeners, want) || c.Listen != "" {
		t.Errorf("read %+v", c.Listeners)
	}
	shown, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(writeFile(t, "shown.yaml", shown), nil, nil)
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("shown as %s\nread as %+v, %v", shown, again, err)
	}
	if changed := Changed(c, Default()); !strings.Contains(strings.Join(changed, " "), "listeners") {
		t.Error("a change of listeners is not seen:", changed)
	}
}

func TestListenerFaults(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t)
	certFile, keyFile := writeFile(t, "cert.pem", cert), writeFile(t, "key.pem", key)
	_, otherKey := selfSigned(t)
	otherFile := writeFile(t, "other.pem", otherKey)
	pair := "certificate: " + certFile + ", key: " + keyFile
	for text, want := range map[string]string{
		"address: here":        `:3: listeners.x.address: "here" is not HOST:PORT`,
		"proxy_protocol: [me]": `:3: listeners.x.proxy_protocol: "me" is neither an address nor a network`,
		"proxy_protocol: {}":   "a list of the load balancers",
		"reuse_port: maybe":    ":3: listeners.x.reuse_port: maybe is not true or false",
		"adress: 127.0.0.1:1":  ":3: listeners.x.adress: there is no such setting; did you mean listeners.NAME.address?",
		"tls: {" + pair + "}":  "listeners.x.address: HOST:PORT is needed",
		"address: 127.0.0.1:1, tls: {certificate: " + certFile + "}":                         "certificate and key are needed, both",
		"address: 127.0.0.1:1, tls: {certificate: /none, key: /none}":                        "certificate /none with key /none: open /none",
		"address: 127.0.0.1:1, tls: {" + pair + ", client_auth: yes}":                        "is none of none, optional, required",
		"address: 127.0.0.1:1, tls: {" + pair + ", client_auth: optional}":                   "needs the authorities",
		"address: 127.0.0.1:1, tls: {" + pair + ", client_ca: " + certFile + "}":             "no certificate is asked for",
		"address: 127.0.0.1:1, tls: {certificate: " + certFile + ", key: " + otherFile + "}": "private key does not match",
	} {
		path := writeFile(t, "geogate.yaml", []byte("upstream: [a:1]\nlisteners:\n  x: {"+text+"}\n"))
		if _, err := Load(path, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
	path := writeFile(t, "geogate.yaml", []byte("upstream: [a:1]\nlisten: ''\n"))
	if _, err := Load(path, nil, nil); err == nil || !strings.Contains(err.Error(), "nobody can bind") {
		t.Errorf("no listener at all: %v", err)
	}
}

// TestConformanceF42Replaced replaces the files of a listener: new handshakes have the new certificate; files that
// cannot be used are told of, and the last good ones stay.
func TestConformanceF42Replaced(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t)
	certFile, keyFile := writeFile(t, "cert.pem", cert), writeFile(t, "key.pem", key)
	var warnings []string
	get := ListenerTLS{Certificate: certFile, Key: keyFile}.Server(func(err error) { warnings = append(warnings, err.Error()) })
	serial := func() string {
		t.Helper()
		c, err := get()
		if err != nil {
			t.Fatal(err)
		}
		return c.Certificates[0].Leaf.SerialNumber.String()
	}
	first := serial()
	if serial() != first {
		t.Fatal("another certificate without another file")
	}
	replace(t, keyFile, []byte("no key"))
	if serial() != first || len(warnings) != 1 || serial() != first || len(warnings) != 1 {
		t.Fatalf("a bad file: warnings %q", warnings)
	}
	cert, key = selfSigned(t)
	replace(t, certFile, cert)
	replace(t, keyFile, key)
	if serial() == first {
		t.Fatal("the new certificate is not used")
	}
}

// replace puts another file in the place of one, as tools that renew certificates do.
func replace(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}
