package proxy

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// open serves one more listener, by the door.
func (r *rig) open(d Door) (addr string) {
	r.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- r.srv.ServeDoor(l, d) }()
	r.t.Cleanup(func() {
		r.srv.Close()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	})
	return l.Addr().String()
}

func dialTCP(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// over is an ESME on a connection of the test's own.
func over(t *testing.T, conn net.Conn) *smpptest.ESME {
	t.Helper()
	e := smpptest.NewESME(conn)
	t.Cleanup(func() { e.Close() })
	return e
}

// wantNothing demands that the connection ends without an octet.
func wantNothing(t *testing.T, conn net.Conn) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience))
	if got, err := io.ReadAll(conn); len(got) > 0 || err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("%d octets, %v", len(got), err)
	}
}

func always(c *tls.Config) func() (*tls.Config, error) {
	return func() (*tls.Config, error) { return c, nil }
}

// TestTLSDoor binds over TLS beside a plain listener: both are relayed.
func TestTLSDoor(t *testing.T) {
	t.Parallel()
	r, ours := newRig(t, smpptest.MCOptions{}, nil), newAuthority(t)
	addr := r.open(Door{NewTLS: always(&tls.Config{Certificates: []tls.Certificate{ours.pair(forLoopback())}})})
	conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ours.roots})
	if err != nil {
		t.Fatal(err)
	}
	secure, plain := over(t, conn), r.trx()
	wantBind(t, secure, "acme", "secret", smpp.ESME_ROK)
	for _, e := range []*smpptest.ESME{secure, plain} {
		want(t, e, submit(7, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
		want(t, e, submit(8, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	}
	if st, err := secure.Unbind(testContext(t)); st != smpp.ESME_ROK || err != nil {
		t.Fatal(st, err)
	}
	if end := r.ended(t, 1); end.Cause != ESMEUnbound {
		t.Error(end)
	}
}

// TestHandshakeFails comes to a TLS door with what is no TLS, too old, or never comes.
func TestHandshakeFails(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.HandshakeTimeout = 300 * time.Millisecond })
	ours := newAuthority(t)
	addr := r.open(Door{NewTLS: always(&tls.Config{
		Certificates: []tls.Certificate{ours.pair(forLoopback())}, MinVersion: tls.VersionTLS12,
	})})
	ends := 0
	failed := func(what string) {
		t.Helper()
		ends++
		if end := r.ended(t, ends); end.Cause != HandshakeFailed {
			t.Errorf("%s: %+v", what, end)
		}
	}
	plain := dialTCP(t, addr)
	bind := smpp.BindRequest{SystemID: []byte("acme")}
	plain.Write(bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1}))
	failed("plain SMPP")
	silent := dialTCP(t, addr)
	wantNothing(t, silent)
	failed("silence")
	if _, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ours.roots, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is taken")
	}
	failed("TLS 1.1")
	if r.mc.Stats().Sessions != 0 {
		t.Error("a message centre was bothered")
	}
}

// TestPinnedCredential pins a credential to a certificate: it can be used over a connection that has shown it,
// and over no other.
func TestPinnedCredential(t *testing.T) {
	t.Parallel()
	r, ours := newRig(t, smpptest.MCOptions{}, nil), newAuthority(t)
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{DNSNames: []string{name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	}
	right, wrong := ours.pair(template("esme.example")), ours.pair(template("other.example"))
	leaf, err := x509.ParseCertificate(right.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	addr := r.open(Door{NewTLS: always(&tls.Config{
		Certificates: []tls.Certificate{ours.pair(forLoopback())},
		ClientCAs:    ours.roots, ClientAuth: tls.VerifyClientCertIfGiven,
	})})
	bind := func(certs ...tls.Certificate) smpp.Status {
		t.Helper()
		conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ours.roots, Certificates: certs})
		if err != nil {
			t.Fatal(err)
		}
		st, err := over(t, conn).Bind(testContext(t), smpp.IDBindTransceiver, "acme", "secret")
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	for _, pin := range []string{clientCert(leaf).Fingerprint, "esme.example"} {
		r.give(t, with(map[string]string{"cert": pin}))
		if st := bind(right); st != smpp.ESME_ROK {
			t.Errorf("%s: with the certificate: %s", pin, st)
		}
		if st := bind(wrong); st != smpp.ESME_RBINDFAIL {
			t.Errorf("%s: with another: %s", pin, st)
		}
		if st := bind(); st != smpp.ESME_RBINDFAIL {
			t.Errorf("%s: with none: %s", pin, st)
		}
		wantBind(t, r.dial(), "acme", "secret", smpp.ESME_RBINDFAIL) // plain TCP
	}
	stranger := newAuthority(t).pair(template("esme.example"))
	conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ours.roots, Certificates: []tls.Certificate{stranger}})
	if err == nil { // TLS 1.3 tells the client only when it reads
		wantNoTLS(t, conn)
	}
}

// wantNoTLS demands that the server has refused the connection.
func wantNoTLS(t *testing.T, conn net.Conn) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("a certificate of an unknown authority is taken")
	}
}

// proxyHeader writes a PROXY protocol header for an ESME at addr.
func proxyHeader(t *testing.T, version byte, addr string) []byte {
	t.Helper()
	source := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))
	text, err := proxyproto.HeaderProxyFromAddrs(version, source, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 2775}).Format()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// TestConformanceF49ProxyProtocol comes through a load balancer: where the ESME is, its header says.
func TestConformanceF49ProxyProtocol(t *testing.T) {
	t.Parallel()
	r, ours := newRig(t, smpptest.MCOptions{}, nil), newAuthority(t)
	secured := always(&tls.Config{Certificates: []tls.Certificate{ours.pair(forLoopback())}})
	doors := map[bool]string{false: r.open(Door{Trusted: loopback}), true: r.open(Door{Trusted: loopback, NewTLS: secured})}
	r.give(t, with(map[string]string{"from": "198.51.100.0/24"}))
	for _, test := range []struct {
		version byte
		source  string
		tls     bool
		want    smpp.Status
	}{
		{1, "198.51.100.7:4000", false, smpp.ESME_ROK}, {2, "198.51.100.7:4000", false, smpp.ESME_ROK},
		{2, "198.51.100.7:4000", true, smpp.ESME_ROK}, {1, "203.0.113.1:4000", false, smpp.ESME_RBINDFAIL},
		{2, "203.0.113.1:4000", true, smpp.ESME_RBINDFAIL},
	} {
		conn := dialTCP(t, doors[test.tls])
		conn.Write(proxyHeader(t, test.version, test.source))
		if test.tls {
			conn = tls.Client(conn, &tls.Config{RootCAs: ours.roots, ServerName: "127.0.0.1"})
		}
		e := over(t, conn)
		wantBind(t, e, "acme", "secret", test.want)
		if test.want == smpp.ESME_ROK {
			want(t, e, submit(7, open), smpp.IDSubmitSMResp, smpp.ESME_ROK)
			if !slices.ContainsFunc(r.srv.Sessions(), func(s SessionInfo) bool { return s.Remote.String() == test.source }) {
				t.Errorf("%+v: the session is elsewhere", test)
			}
		}
	}
}

// TestConformanceF49ProxyProtocolInPieces has the header, a bind and a message in one segment, and in single octets.
func TestConformanceF49ProxyProtocolInPieces(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	addr := r.open(Door{Trusted: loopback})
	bind := smpp.BindRequest{SystemID: []byte("acme")}
	stream := slices.Concat(proxyHeader(t, 2, "198.51.100.7:4000"),
		bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1}), submit(2, open))
	for _, size := range []int{1, len(stream)} {
		conn := dialTCP(t, addr)
		e := over(t, conn)
		for piece := range slices.Chunk(stream, size) {
			conn.Write(piece)
		}
		for range 2 {
			if f, err := e.Recv(testContext(t)); err != nil || f.Status() != smpp.ESME_ROK {
				t.Fatal(f, err)
			}
		}
	}
}

// TestConformanceF49NobodySays has headers that name no ESME: a load balancer's own health check, and what came to it
// in another way than TCP. Such a connection is at the load balancer's address, and yet a credential that may only
// come from there cannot be used on it: it would be open to everybody behind.
func TestConformanceF49NobodySays(t *testing.T) {
	t.Parallel()
	const signature = "\r\n\r\n\x00\r\nQUIT\n"
	unix := signature + "\x21\x31\x00\xd8" + strings.Repeat("/", 216)
	for name, header := range map[string]string{
		"LOCAL": signature + "\x20\x00\x00\x00", "unix": unix,
		"UNKNOWN": "PROXY UNKNOWN\r\n", "UNKNOWN with addresses": "PROXY UNKNOWN 198.51.100.7 192.0.2.1 4000 2775\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, smpptest.MCOptions{}, nil)
			addr := r.open(Door{Trusted: loopback})
			for from, want := range map[string]smpp.Status{
				"": smpp.ESME_ROK, "127.0.0.0/8": smpp.ESME_RBINDFAIL, "0.0.0.0/0, ::/0": smpp.ESME_RBINDFAIL,
			} {
				policy := acme()
				if from != "" {
					policy = with(map[string]string{"from": from})
				}
				r.give(t, policy)
				conn := dialTCP(t, addr)
				conn.Write([]byte(header))
				e := over(t, conn)
				wantBind(t, e, "acme", "secret", want)
				at := func(s SessionInfo) bool { return s.Remote.String() == conn.LocalAddr().String() }
				if !slices.ContainsFunc(r.srv.Sessions(), at) {
					t.Errorf("the session is elsewhere: %+v", r.srv.Sessions())
				}
				e.Close()
			}
		})
	}
}

// TestConformanceF49Refused has no header, a broken one, one from an address that is not trusted, and one where
// none is read: no session comes of it, and nobody is taken for somebody else.
func TestConformanceF49Refused(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, func(c *Config) { c.HandshakeTimeout = 300 * time.Millisecond })
	trusted := r.open(Door{Trusted: loopback})
	others := r.open(Door{Trusted: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	good := proxyHeader(t, 1, "198.51.100.7:4000")
	bind := smpp.BindRequest{SystemID: []byte("acme")}
	pdu := bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1})
	for i, test := range []struct {
		what, addr string
		sent       []byte
	}{
		{"missing", trusted, pdu}, {"broken", trusted, []byte("PROXY TCP4 198.51.100.7\r\n")},
		{"of no family", trusted, slices.Concat(proxySignature, []byte("\x21\x00\x00\x00"), pdu)},
		{"cut off", trusted, good[:10]}, {"not trusted", others, slices.Concat(good, pdu)},
		{"never", trusted, nil},
	} {
		conn := dialTCP(t, test.addr)
		conn.Write(test.sent)
		wantNothing(t, conn)
		if end := r.ended(t, i+1); end.Cause != ProxyRefused {
			t.Errorf("%s: %+v", test.what, end)
		}
	}
	conn := dialTCP(t, r.addr) // a door without
	conn.Write(good)
	if f, err := over(t, conn).Recv(testContext(t)); err != nil || f.ID() != smpp.IDGenericNack || f.Status() != smpp.ESME_RINVCMDLEN {
		t.Error(f, err)
	}
}

// FuzzProxyHeader sends anything in front of a bind: it never becomes a session of an address that no valid
// header names.
func FuzzProxyHeader(f *testing.F) {
	f.Add([]byte("PROXY TCP4 198.51.100.7 192.0.2.1 4000 2775\r\n"))
	f.Add([]byte("PROXY UNKNOWN\r\n"))
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc6\x33\x64\x07\xc0\x00\x02\x01\x0f\xa0\x0a\xd7"))
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"))
	f.Add([]byte("PROXY TCP6 2001:db8::7 2001:db8::1 4000 2775\r\n"))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Fuzz(func(t *testing.T, head []byte) {
		sent := slices.Concat(head, submit(1, open))
		conn := &sink{reads: reads{pieces: [][]byte{head, submit(1, open)}}}
		srv, err := New(Config{
			Upstreams: map[string]Upstream{"mc": {Addrs: []string{"127.0.0.1:1"}}}, DefaultUpstream: "mc", Policies: &orders{},
		})
		if err != nil {
			t.Fatal(err)
		}
		p := newPair(srv, conn, 1)
		p.door = &Door{Trusted: loopback}
		here := netip.MustParseAddrPort("127.0.0.1:1")
		p.locate(here)
		entered := p.enter()
		headed := bytes.HasPrefix(head, proxyLine) || bytes.HasPrefix(head, proxySignature)
		if entered && !headed {
			t.Fatalf("%q: entered without a header", head)
		}
		if from := p.session.Remote; from != here && (!entered || !names(sent, from)) {
			t.Fatalf("%q: entered %v as %s, which it does not name", head, entered, from)
		}
	})
}

var (
	proxyLine      = []byte("PROXY ")
	proxySignature = []byte("\r\n\r\n\x00\r\nQUIT\n")
)

// names reports whether a PROXY header names addr as the source: the third and the fifth word of version 1, or in
// version 2 what stands behind the family, for which 1 is IPv4 and 2 is IPv6.
func names(head []byte, addr netip.AddrPort) bool {
	if bytes.HasPrefix(head, proxyLine) {
		line, _, _ := strings.Cut(string(head), "\r\n")
		words := strings.Split(line, " ")
		if len(words) != 6 {
			return false
		}
		ip, err := netip.ParseAddr(words[2])
		return err == nil && ip.Unmap() == addr.Addr() && words[4] == strconv.Itoa(int(addr.Port()))
	}
	ipv4 := len(head) >= 28 && head[13] == 0x11
	ipv6 := len(head) >= 52 && head[13] == 0x21
	switch {
	case ipv4:
		ip := netip.AddrFrom4([4]byte(head[16:20]))
		return ip == addr.Addr() && binary.BigEndian.Uint16(head[24:]) == addr.Port()
	case ipv6:
		ip := netip.AddrFrom16([16]byte(head[16:32]))
		return ip.Unmap() == addr.Addr() && binary.BigEndian.Uint16(head[48:]) == addr.Port()
	}
	return false
}
