//go:build linux

package proxy

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// gathered is a connection that keeps what is written while keep is set, and writes head before anything else.
type gathered struct {
	net.Conn
	head []byte
	keep bool
	kept []byte
}

func (g *gathered) Write(b []byte) (int, error) {
	if g.head != nil {
		first := append(g.head, b...)
		g.head = nil
		_, err := g.Conn.Write(first)
		return len(b), err
	}
	if g.keep {
		g.kept = append(g.kept, b...)
		return len(b), nil
	}
	return g.Conn.Write(b)
}

// take returns what was kept, and keeps nothing more.
func (g *gathered) take() []byte {
	kept := g.kept
	g.keep, g.kept = false, nil
	return kept
}

// peer is an ESME over TLS whose sealed octets a test can cut and put together.
type peer struct {
	*tls.Conn
	t      *testing.T
	wire   *gathered
	frames *smpptest.FrameReader
}

// securedRig is a rig with a listener over TLS beside the plain one, and its message centre over TLS or not.
type securedRig struct {
	*rig
	addr     string
	server   *tls.Config
	settings *tls.Config // of an ESME
}

func newSecuredRig(t *testing.T, opts smpptest.MCOptions, mc bool, change func(*Config)) *securedRig {
	t.Helper()
	ours := newAuthority(t)
	settings := &tls.Config{Certificates: []tls.Certificate{ours.pair(forLoopback())}}
	if mc {
		opts.TLS = settings
	}
	r := newRig(t, opts, func(c *Config) {
		if mc {
			c.Upstreams["mc"] = Upstream{Addrs: c.Upstreams["mc"].Addrs, TLS: &tls.Config{RootCAs: ours.roots}}
		}
		if change != nil {
			change(c)
		}
	})
	addr := r.open(Door{NewTLS: always(settings)})
	return &securedRig{r, addr, settings, &tls.Config{RootCAs: ours.roots, ServerName: "127.0.0.1"}}
}

// connect does the handshake.
func (r *securedRig) connect(t *testing.T) *peer { t.Helper(); return r.connectTo(t, r.addr, nil) }

// connectTo does it at an address, in one segment with what comes before it.
func (r *securedRig) connectTo(t *testing.T, addr string, head []byte) *peer {
	t.Helper()
	wire := &gathered{Conn: dialTCP(t, addr), head: head}
	wire.SetDeadline(time.Now().Add(patience))
	conn := tls.Client(wire, r.settings)
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	return &peer{conn, t, wire, smpptest.NewFrameReader(conn, 0)}
}

// looped is a session that a loop has taken.
func (r *securedRig) looped(t *testing.T) *peer {
	t.Helper()
	p := r.connect(t)
	p.Write(bindPDU(1, "acme", ""))
	p.want(smpp.IDBindTransceiverResp, 1)
	r.wait2(t)
	return p
}

// wait2 returns when a loop has taken the one session.
func (r *rig) wait2(t *testing.T) {
	t.Helper()
	eventually(t, "a loop serves the session", func() bool { return watched(t, r.srv) == 2 })
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: never", what)
		}
	}
}

// want reads one frame, with ESME_ROK.
func (p *peer) want(id smpp.CommandID, seq uint32) {
	p.t.Helper()
	f, err := p.frames.Next()
	if err != nil {
		p.t.Fatal(err)
	}
	checkHeader(p.t, f, id, smpp.ESME_ROK, seq)
}

// records seals each frame in a record of its own.
func (p *peer) records(frames ...smpp.Frame) []byte {
	p.wire.keep = true
	for _, f := range frames {
		p.Write(f)
	}
	return p.wire.take()
}

func submits(from, to uint32) (list []smpp.Frame) {
	for seq := from; seq <= to; seq++ {
		list = append(list, submit(seq, open))
	}
	return list
}
