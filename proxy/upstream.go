package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"
	"time"

	"go.uber.org/zap"

	"geogate/smpp"
)

// link is a connection to a message centre on which the bind has been accepted. Whoever holds it closes conn.
type link struct {
	conn  net.Conn
	inbox *inbox
	addr  string
}

// upstreamBind is a bind on its way to the addresses of an upstream.
type upstreamBind struct {
	*pair
	name  string
	up    Upstream
	pool  *pool
	frame smpp.Frame
	end   time.Time // of all tries together

	account string
	answer  smpp.Frame // the last one that was not ESME_ROK
}

// bindUpstream relays a bind to the addresses of an upstream, all within ConnectTimeout. It returns the message
// centre's answer, and the link when that is ESME_ROK. An address that cannot be reached, is silent or answers
// that it cannot just now is followed by the next; a message centre that says no is believed. Addresses that
// have failed are tried when no other is left, by one bind at a time. A nil answer: none gave one.
func (p *pair) bindUpstream(g *grant, bind smpp.Frame) (*link, smpp.Frame) {
	b := &upstreamBind{pair: p, name: g.upstream, up: p.cfg.Upstreams[g.upstream], frame: bind,
		pool: p.srv.pools.get(g.upstream), end: time.Now().Add(p.cfg.ConnectTimeout), account: g.account}
	ready, behind := b.pool.order(b.up, b.aside(), time.Now())
	if len(ready)+len(behind) == 0 {
		p.note(UpstreamFailed, 1)
		p.cfg.Logger.Error("every address of the upstream is set aside: geogate upstream resume brings one back",
			p.who(zap.String("upstream", b.name))...)
		return nil, nil
	}
	for i, c := range ready {
		leave, ok := b.pool.enter(c.address, time.Now())
		if !ok {
			behind = append(behind, c)
			continue
		}
		left := len(ready) - i + len(behind)
		l, done := b.try(c.address, left, i+1 < len(ready), func() {})
		if leave(); done {
			return l, b.answer
		}
	}
	for i, c := range behind {
		if l, done := b.tryBehind(c, len(behind)-i); done {
			return l, b.answer
		}
	}
	return nil, b.answer
}

// aside tells which addresses are set aside, by the orders of one moment: while one address takes the place of another,
// a bind must not find both of them so.
func (b *upstreamBind) aside() func(addr string) bool {
	policy, now := b.cfg.Policies.Policy(), b.cfg.Now()
	return func(addr string) bool {
		order, ok := policy.Aside(b.name, addr)
		return ok && order.InForce(now)
	}
}

// share is how long a try may take when left addresses have to be tried in the time that is left.
func (b *upstreamBind) share(left int) time.Duration {
	share := time.Until(b.end) / time.Duration(left)
	if most := b.cfg.ConnectPerAddress; most > 0 {
		share = min(share, most)
	}
	return share
}

// tryBehind tries an address that has failed, when no other bind is connecting to it.
func (b *upstreamBind) tryBehind(c choice, left int) (*link, bool) {
	ctx, cancel := context.WithTimeout(b.ctx, b.share(left))
	defer cancel()
	leave, err := b.pool.wait(ctx, c)
	if err != nil {
		b.tell(c.addr, err)
		return nil, b.ctx.Err() != nil
	}
	defer leave()
	return b.try(c.address, left, false, leave)
}

// try tries one address; done: with an outcome that ends the search. connected is called when the connection
// is there.
func (b *upstreamBind) try(a *address, left int, elsewhereReady bool, connected func()) (_ *link, done bool) {
	try := attempt{began: time.Now(), account: b.account}
	l, answer, err := b.bindAddr(a, b.share(left), elsewhereReady, func() { try.reached = true; connected() })
	if err == nil {
		b.answer = answer
		if l != nil || !elsewhere(answer.Status()) {
			b.answered(a, l != nil, answer.Status())
			return l, true
		}
		err, try.busy = errors.New("answered "+answer.Status().String()), true
	}
	if b.ctx.Err() != nil {
		return nil, true // drained: that says nothing of the address
	}
	if try.err = err; errors.Is(err, errLearned) || ours(err) {
		b.tell(a.addr, err)
		return nil, false
	}
	if b.pool.failed(a, try, backoff{b.cfg.BackoffMin, b.cfg.BackoffMax}) {
		b.cfg.Logger.Warn("an address of the upstream stands behind the others until it takes a bind again",
			b.who(zap.String("upstream", b.name), zap.String("addr", a.addr), zap.Error(err))...)
	}
	b.tell(a.addr, err)
	return nil, false
}

// ours reports whether a connect failed for want of something here: that says nothing of the address.
func ours(err error) bool { return scarce(err) || errors.Is(err, syscall.EADDRNOTAVAIL) }

// answered notes that an address gave an answer to believe.
func (b *upstreamBind) answered(a *address, taken bool, st smpp.Status) {
	if b.pool.healthy(a) {
		b.cfg.Logger.Info("an address of the upstream answers binds again",
			b.who(zap.String("upstream", b.name), zap.String("addr", a.addr))...)
	}
	if !taken {
		b.tell(a.addr, errors.New("answered "+st.String()))
	}
}

// tell counts and logs a try that was in vain.
func (b *upstreamBind) tell(addr string, err error) {
	b.note(UpstreamFailed, 1)
	var bad *tlsError
	if errors.As(err, &bad) {
		b.note(UpstreamTLSFailed, 1)
	}
	b.cfg.Logger.Warn("bind not taken by the message centre", b.who(zap.String("addr", addr), zap.Error(err))...)
}

// elsewhere reports whether another address may take a bind that one has answered so.
func elsewhere(st smpp.Status) bool { return st == smpp.ESME_RSYSERR || st == smpp.ESME_RTHROTTLED }

// bindAddr connects to one address and binds. Its answer is a bind_resp: when it is not ESME_ROK there is no
// link. With elsewhereReady, the connect is given up when that of another bind fails.
func (b *upstreamBind) bindAddr(
	a *address, limit time.Duration, elsewhereReady bool, connected func(),
) (*link, smpp.Frame, error) {
	ctx, cancel := context.WithTimeout(b.ctx, limit)
	defer cancel()
	conn, err := b.connect(ctx, a, elsewhereReady)
	if err != nil {
		return nil, nil, err
	}
	connected()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(past) })
	l := &link{conn: conn, inbox: newInbox(conn, b.cfg.MaxPDU), addr: a.addr}
	answer, err := l.bind(b.frame)
	if !stop() && err == nil {
		err = ctx.Err() // the deadline in the past has been set, or is about to be
	}
	if err != nil {
		conn.Close()
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("connected, but no answer to the bind within %v", limit.Round(time.Millisecond))
		}
		return nil, nil, explainTLS(err)
	}
	if answer.Status() != smpp.ESME_ROK {
		conn.Close()
		return nil, slices.Clone(answer), nil
	}
	return l, answer, nil
}

func (b *upstreamBind) connect(ctx context.Context, a *address, elsewhereReady bool) (net.Conn, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if elsewhereReady {
		defer b.pool.dialing(a, cancel)()
	}
	conn, err := b.cfg.connect(ctx, b.up, a.addr)
	if err != nil && errors.Is(context.Cause(ctx), errLearned) {
		err = errLearned
	}
	return conn, err
}

// connect dials one address, TLS included.
func (s *settings) connect(ctx context.Context, up Upstream, addr string) (net.Conn, error) {
	settings, err := up.tls()
	if err != nil {
		return nil, err
	}
	conn, err := s.Dial(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if settings == nil {
		return asSocket(conn), nil
	}
	if settings.ServerName == "" {
		settings = settings.Clone()
		settings.ServerName, _, _ = net.SplitHostPort(addr)
	}
	if settings.Renegotiation == tls.RenegotiateNever { // a handshake has no place in an event loop
		conn = asSocket(conn)
	}
	secure := tls.Client(conn, settings)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, explainTLS(fmt.Errorf("TLS: %w", err))
	}
	return securedOver(conn, secure), nil
}
