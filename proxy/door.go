package proxy

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pires/go-proxyproto"
	"go.uber.org/zap"

	"geogate/rules"
)

// Door is how the connections of a listener come in. The zero value is plain TCP.
type Door struct {
	// NewTLS returns the settings of the next handshake; nil: no TLS.
	NewTLS func() (*tls.Config, error)
	// Trusted are the load balancers that connections come through. Each connection must then come from one of
	// them and begin with a PROXY protocol header, version 1 or 2, which says where the ESME is. Empty: no header
	// is expected, and none is understood.
	Trusted []netip.Prefix
}

// enter does what comes before SMPP: the PROXY header, then TLS. All of it takes HandshakeTimeout at the most.
// false: the connection ends here.
func (p *pair) enter() bool {
	deadline := time.Now().Add(p.cfg.HandshakeTimeout)
	if len(p.door.Trusted) > 0 {
		p.readUntil(deadline)
		if err := p.readProxyHeader(); err != nil {
			p.turnAway(ProxyRefused, err)
			return false
		}
	}
	if !p.arrive() {
		return false
	}
	if p.door.NewTLS != nil {
		ctx, cancel := context.WithDeadline(p.ctx, deadline)
		defer cancel()
		if err := p.handshake(ctx); err != nil {
			p.turnAway(HandshakeFailed, err)
			return false
		}
	}
	return !p.isDraining()
}

// turnAway notes why a connection is refused before anything of SMPP was said.
func (p *pair) turnAway(cause Cause, err error) {
	p.stop(cause)
	p.cfg.Logger.Info("connection refused", p.who(zap.Stringer("cause", cause), zap.Error(err))...)
}

// errNotTrusted is about a connection that claims to come for somebody else.
var errNotTrusted = errors.New("the address is not one of proxy_protocol's: it may not say where an ESME is")

// maxProxyHeader is the longest PROXY header that is read: version 2 announces up to 64 KiB, of which what
// load balancers send is a fraction.
const maxProxyHeader = 4 << 10

// readProxyHeader takes the PROXY protocol header off the connection and the ESME's address out of it. A load
// balancer's own connection, for its health check, has none (LOCAL, or UNKNOWN in version 1), nor has one that came
// to it in another way than TCP: these stay at the load balancer's address. What came behind the header belongs to
// the session.
func (p *pair) readProxyHeader() error {
	from := p.session.Remote.Addr().Unmap().WithZone("")
	if !slices.ContainsFunc(p.door.Trusted, func(t netip.Prefix) bool { return t.Contains(from) }) {
		return errNotTrusted
	}
	r := bufio.NewReaderSize(p.esme, maxProxyHeader)
	header, err := proxyproto.Read(r)
	if err != nil {
		return fmt.Errorf("PROXY protocol header: %w", err)
	}
	rest, _ := r.Peek(r.Buffered())
	p.early = rest
	if p.door.NewTLS == nil {
		p.in.preload(rest)
	}
	source, ok := header.SourceAddr.(*net.TCPAddr)
	if !ok || !header.Command.IsProxy() {
		p.session.unplaced = true
		return nil
	}
	addr := source.AddrPort()
	p.locate(netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()))
	return nil
}

// origin is where the ESME is, for the credentials that may only come from somewhere; the zero address: nobody says.
// The load balancer's own is not it: such a credential would be open to whoever comes through.
func (p *pair) origin() netip.AddrPort {
	if p.session.unplaced {
		return netip.AddrPort{}
	}
	return p.session.Remote
}

// handshake puts TLS on the connection.
func (p *pair) handshake(ctx context.Context) error {
	settings, err := p.door.NewTLS()
	if err != nil {
		return err
	}
	conn := tls.Server(behind(p.esme, p.early), settings)
	if err := conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	if chain := conn.ConnectionState().VerifiedChains; len(chain) > 0 {
		p.cert = clientCert(chain[0][0])
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.esme = securedOver(p.esme, conn)
	p.out.conn = p.esme
	p.in = newInbox(p.esme, p.cfg.MaxPDU)
	return nil
}

// clientCert is what a credential may be pinned to.
func clientCert(c *x509.Certificate) *rules.ClientCert {
	sum := sha256.Sum256(c.Raw)
	names := c.DNSNames
	if len(names) == 0 && c.Subject.CommonName != "" {
		names = []string{c.Subject.CommonName}
	}
	return &rules.ClientCert{Fingerprint: hex.EncodeToString(sum[:]), Names: names}
}

// replay is a connection of which something has been read already.
type replay struct {
	net.Conn
	head []byte
}

// behind returns conn as it was before head was read.
func behind(conn net.Conn, head []byte) net.Conn {
	if len(head) == 0 {
		return conn
	}
	return &replay{conn, head}
}

// Read implements net.Conn.
func (r *replay) Read(b []byte) (int, error) {
	if len(r.head) == 0 {
		return r.Conn.Read(b)
	}
	n := copy(b, r.head)
	r.head = r.head[n:]
	return n, nil
}

// CloseWrite implements what closeWrite looks for.
func (r *replay) CloseWrite() error { closeWrite(r.Conn); return nil }
