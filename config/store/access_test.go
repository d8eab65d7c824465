package store

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"geogate/config/store/storetest"
)

func TestExactRightsAreEnough(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	server.Do("ACL SETUSER geogate on >secret ~geo:* &geo:* " + ReadRights)
	server.Do("SADD geo:group:near FR")
	server.Do("SET geo:account:odd string")
	f := tracking(t, quick("redis://geogate:secret@"+server.Addr))
	server.Do("HSET geo:account:acme @near allow")
	f.wantAllowed("acme", toFR, true)
	server.Do("SREM geo:group:near FR")
	server.Do("FLUSHALL")
	f.until("a full pass", func() bool { return f.Status().Held != nil })
	if status := f.Status(); status.Problem != "" || status.Failures != 0 {
		t.Errorf("status %+v", status)
	}
}

func TestWriteRightsAreEnough(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	server.Do("ACL SETUSER tools on >secret ~geo:* &geo:* " + ReadRights + " " + WriteRights)
	s := openStore(t, "redis://tools:secret@"+server.Addr)
	ctx := t.Context()
	for _, e := range []Edit{
		{By: "ann", Ops: []Op{
			Create("account:new", map[string]string{"home": "GB"}), SetMembers("group:near", "FR", "DE"),
		}},
		{By: "ann", Ops: []Op{Set("account:new", "FR", "allow"), RemoveMembers("group:near", "DE")}},
		{By: "ann", Ops: []Op{Unset("account:new", "FR"), Delete("group:near")}},
	} {
		if err := s.Apply(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Accept(ctx); err != nil {
		t.Error(err)
	}
	if entries, err := s.Log(ctx, 10); err != nil || len(entries) != 4 {
		t.Errorf("log %v, %v", entries, err)
	}
}

// openStore opens a Store that is not run: what the tools do.
func openStore(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformanceE39NoTracking(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	rights := strings.Replace(ReadRights, "+client|tracking ", "", 1)
	server.Do("ACL SETUSER geogate on >secret ~geo:* &geo:* " + rights)
	f := follow(t, quick("redis://geogate:secret@"+server.Addr))
	f.until("polling", func() bool { return f.Status().Mode == Polling })
	why := f.Status().PollingBecause
	if !strings.Contains(why, "ACL SETUSER geogate ~geo:* &geo:* "+ReadRights) {
		t.Errorf("no cure in %q", why)
	}
	server.Do("HSET geo:account:acme FR allow")
	f.wantAllowed("acme", toFR, true)
}

func TestConformanceE39ErrorsNameTheCure(t *testing.T) {
	t.Parallel()
	server := seeded(t)
	server.Do("ACL SETUSER half on >secret ~geo:* &geo:* " + strings.Replace(ReadRights, "+hgetall ", "", 1))
	server.Do("ACL SETUSER nokeys on >secret ~other:* &geo:* " + ReadRights)
	server.Do("CONFIG SET requirepass sesame")
	server.Authenticate("default", "sesame")
	secured := startTLS(t)
	nobody := "127.0.0.1:" + strconv.Itoa(storetest.FreePort(t))
	const grant = " ~geo:* &geo:* " + ReadRights
	withCA := "rediss://" + secured.addr + "?ca=" + url.QueryEscape(secured.ca)
	for _, c := range []struct{ fault, url, cure string }{
		{"no password", "redis://" + server.Addr, "put it into the Redis URL"},
		{"wrong password", "redis://:wrong@" + server.Addr, "put the right user and password"},
		{"wrong user", "redis://ann:sesame@" + server.Addr, "put the right user and password"},
		{"missing command", "redis://half:secret@" + server.Addr, "ACL SETUSER half" + grant},
		{"missing keys", "redis://nokeys:secret@" + server.Addr, "ACL SETUSER nokeys" + grant},
		{"no such database", "redis://:sesame@" + server.Addr + "/9", "database number"},
		{"nobody there", "redis://" + nobody, "check that it runs"},
		{"unknown authority", "rediss://" + secured.addr, "?ca=FILE"},
		{"another name", withCA + "&server_name=x.example", "server_name=NAME"},
		{"TLS to a plain port", "rediss://" + server.Addr, "use redis:// or its TLS port"},
		{"plain to a TLS port", "redis://" + secured.addr, "use rediss://"},
		{"not a Cluster", "redis+cluster://:sesame@" + server.Addr, "use redis://"},
	} {
		_, err := openStore(t, c.url).Load(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.cure) {
			t.Errorf("%s: error %v, want one with %q", c.fault, err, c.cure)
		}
		if err != nil && (strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), "secret@")) {
			t.Errorf("%s: the error holds the password: %v", c.fault, err)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	secured := startTLS(t)
	f := tracking(t, quick("rediss://"+secured.addr+"?ca="+url.QueryEscape(secured.ca)))
	edit := Edit{By: "ann", Ops: []Op{Create("account:acme", map[string]string{"home": "GB"})}}
	if err := f.Apply(t.Context(), edit); err != nil {
		t.Fatal(err)
	}
	f.wantAllowed("acme", toGB, true)
}

// secured is a Redis with a TLS port beside its plain one.
type secured struct{ addr, ca string }

func startTLS(t *testing.T) secured {
	t.Helper()
	dir := t.TempDir()
	certFile, keyFile := writeCertificate(t, dir)
	port := strconv.Itoa(storetest.FreePort(t))
	storetest.Start(t, "--tls-port", port, "--tls-cert-file", certFile, "--tls-key-file", keyFile,
		"--tls-ca-cert-file", certFile, "--tls-auth-clients", "no")
	return secured{addr: net.JoinHostPort("127.0.0.1", port), ca: certFile}
}

// writeCertificate makes a certificate for 127.0.0.1 that is its own authority.
func writeCertificate(t *testing.T, dir string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "geogate test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}
