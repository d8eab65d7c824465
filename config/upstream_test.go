package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// writeFile writes a file of a test and returns its path.
func writeFile(t *testing.T, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// selfSigned returns a certificate and its key in PEM.
func selfSigned(t *testing.T) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func TestUpstreamForms(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t)
	certFile, keyFile := writeFile(t, "cert.pem", cert), writeFile(t, "key.pem", key)
	path := writeFile(t, "geogate.yaml", []byte(`
upstream:
  addresses: [a:1, "b:2 weight=2"]
  tls: {roots: `+certFile+`, server_name: mc.example, certificate: `+certFile+`, key: `+keyFile+`}
upstreams:
  listed: ["c:3 weight=1000"]
  plain:
    addresses: [d:4]
    tls: false
  system:
    addresses: "e:5, f:6 weight=7"
    tls: true
  open:
    addresses: [g:7]
    tls: {insecure: true}
`))
	c, err := Load(path, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Upstream{
		Addresses: []Address{{Addr: "a:1"}, {"b:2", 2}},
		TLS:       UpstreamTLS{On: true, Roots: certFile, ServerName: "mc.example", Certificate: certFile, Key: keyFile},
	}
	named := map[string]*Upstream{
		"listed": {Addresses: []Address{{"c:3", 1000}}},
		"plain":  {Addresses: []Address{{Addr: "d:4"}}},
		"system": {Addresses: []Address{{Addr: "e:5"}, {"f:6", 7}}, TLS: UpstreamTLS{On: true}},
		"open":   {Addresses: []Address{{Addr: "g:7"}}, TLS: UpstreamTLS{On: true, Insecure: true}},
	}
	if !reflect.DeepEqual(c.Upstream, want) || !reflect.DeepEqual(c.Upstreams, named) {
		t.Errorf("read %+v, %+v", c.Upstream, c.Upstreams)
	}
	shown, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(writeFile(t, "shown.yaml", shown), nil, nil)
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("shown as %s\nread as %+v, %v", shown, again, err)
	}
	environ := []string{"GEOGATE_UPSTREAM=x:1 weight=3,y:2", "GEOGATE_UPSTREAM_TLS_SERVER_NAME=other.example"}
	c, err = Load(path, environ, nil)
	if err != nil || c.Upstream.TLS.ServerName != "other.example" || c.Upstream.Addresses[0] != (Address{"x:1", 3}) {
		t.Errorf("from the environment %+v, %v", c.Upstream, err)
	}
}

func TestUpstreamFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"upstream: [a]":                               `:1: upstream: "a" is not HOST:PORT`,
		"upstream: [a:1, a:1]":                        "a:1 stands there twice",
		"upstream: ['a:1 weight=0']":                  "only weight=N can stand, once, from 1 to 1000",
		"upstream: ['a:1 weight=1 weight=2']":         "only weight=N",
		"upstream: ['a:1 heavy']":                     "only weight=N",
		"upstream: ['']":                              "an address is empty",
		"upstream: {}":                                "a list of HOST:PORT",
		"upstream: {adresses: [a:1]}":                 ":1: upstream.adresses: there is no such setting; did you mean upstream.addresses?",
		"upstream: {addresses: [a:1], tls: yes!}":     ":1: upstream.tls: yes! is not true or false",
		"upstream: {tls: true}":                       "upstream: no message centre",
		"upstreams: {x: {tls: true}}":                 "upstreams.x: no message centre",
		"upstreams: {x: {tls: {cert: y}}}":            "upstreams.x.tls.cert: there is no such setting",
		"upstream: {tls: {roots: /nowhere}}":          ":1: upstream.tls.roots: open /nowhere",
		"upstream: {tls: {roots: /dev/null}}":         "holds no certificate in PEM",
		"upstream: {tls: {key: k}}":                   "certificate and key belong together",
		"upstream: {tls: {key: /a, certificate: /b}}": "certificate /b with key /a: open /b",
		"timers: {backoff: 10s, backoff_max: 1s}":     "1s is shorter than timers.backoff, 10s",
	} {
		path := writeFile(t, "geogate.yaml", []byte(text+"\n"))
		if _, err := Load(path, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}

// TestTLSFilesAreReadAgain replaces a certificate: the next connection uses it. One that is wrong leaves the
// last good one, and is told once.
func TestTLSFilesAreReadAgain(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t)
	files := UpstreamTLS{On: true, Certificate: writeFile(t, "cert.pem", cert), Key: writeFile(t, "key.pem", key)}
	var told []string
	get := files.Client(func(err error) { told = append(told, err.Error()) })
	current := func() string {
		c, err := get()
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificates[0].Certificate[0]}))
	}
	replace := func(path string, text []byte) {
		next := path + ".next"
		if err := os.WriteFile(next, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, path); err != nil {
			t.Fatal(err)
		}
	}
	if current() != string(cert) {
		t.Error("the first certificate is another one")
	}
	newCert, newKey := selfSigned(t)
	replace(files.Certificate, newCert)
	for range 2 {
		if current() != string(cert) || len(told) != 1 {
			t.Errorf("a certificate whose key is not there yet: told %q", told)
		}
	}
	replace(files.Key, newKey)
	if current() != string(newCert) || len(told) != 1 {
		t.Errorf("with its key: told %q", told)
	}
	if err := os.Remove(files.Key); err != nil {
		t.Fatal(err)
	}
	if current() != string(newCert) || len(told) != 2 {
		t.Errorf("without a key: told %q", told)
	}
	if _, err := files.Client(nil)(); err == nil {
		t.Error("files that are not there are no error at the first connection")
	}
	if (UpstreamTLS{}).Client(nil) != nil {
		t.Error("TLS is on where nothing is said of it")
	}
}
