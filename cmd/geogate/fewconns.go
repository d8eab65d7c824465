package main

import (
	"net"
	"net/netip"
	"slices"
	"sync"

	"go.uber.org/zap"

	"geogate/proxy"
)

// fewConns is a listener with a limit: a connection over it is closed at once, so that whoever comes to a side door
// cannot take the descriptors that the traffic needs. One address may have a quarter of them, and an IPv6 address stands
// for its /64; load balancers, behind whose addresses everybody is, may have all.
type fewConns struct {
	net.Listener
	limit     int
	balancers []netip.Prefix
	log       *zap.Logger

	mu   sync.Mutex
	open int
	from map[netip.Addr]int
}

// atMost limits l to so many connections; setting says in the log where the limit is from.
func atMost(limit int, l net.Listener, balancers []netip.Prefix, log *zap.Logger, setting string) *fewConns {
	log = sampled(log.With(zap.String("setting", setting), zap.Int("limit", limit)), ration{1, 1000})
	return &fewConns{Listener: l, limit: limit, balancers: balancers, log: log, from: map[netip.Addr]int{}}
}

// Accept implements net.Listener.
func (l *fewConns) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := networkOf(conn.RemoteAddr())
		if l.enter(from) {
			return &oneOfFew{Conn: conn, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		l.log.Warn("connection closed: there are too many; one address may have a quarter", zap.Stringer("from", from))
		conn.Close()
	}
}

func (l *fewConns) enter(from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	trusted := slices.ContainsFunc(l.balancers, func(p netip.Prefix) bool { return p.Contains(from) })
	if l.open >= l.limit || !trusted && l.from[from] >= max(1, l.limit/4) {
		return false
	}
	l.open++
	l.from[from]++
	return true
}

func (l *fewConns) leave(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.from[from]--; l.from[from] == 0 {
		delete(l.from, from)
	}
}

// networkOf is what counts as one address.
func networkOf(addr net.Addr) netip.Addr {
	at, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return proxy.SourceOf(at.AddrPort())
}

// oneOfFew is a connection that is counted until it is closed.
type oneOfFew struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *oneOfFew) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite is what net/http looks for.
func (c *oneOfFew) CloseWrite() error { return closeWrite(c.Conn) }

// closeWrite ends what is sent over a connection; whoever it was given to still reads. Where a PROXY header came before,
// it is the connection below.
func closeWrite(conn net.Conn) error {
	if below, ok := conn.(interface{ Raw() net.Conn }); ok {
		conn = below.Raw()
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
