package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
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

// bindUpstream relays a bind to the addresses of an upstream in their order, all within ConnectTimeout. It
// returns the message centre's answer, and the link when that is ESME_ROK. An address that cannot be reached,
// is silent or answers that it cannot just now is followed by the next; a message centre that says no is
// believed. A nil answer: none gave one.
func (p *pair) bindUpstream(up Upstream, bind smpp.Frame) (*link, smpp.Frame) {
	end := time.Now().Add(p.cfg.ConnectTimeout)
	var answer smpp.Frame
	for i, addr := range up.Addrs {
		share := time.Until(end) / time.Duration(len(up.Addrs)-i)
		l, got, err := p.bindAddr(up, addr, bind, share)
		if l != nil {
			return l, got
		}
		if err == nil {
			err = errors.New("answered " + got.Status().String())
			answer = got
		}
		p.note(UpstreamFailed, 1)
		p.log.Warn("bind not taken by the message centre", zap.String("addr", addr), zap.Error(err))
		if answer != nil && !elsewhere(answer.Status()) || p.ctx.Err() != nil {
			break
		}
	}
	return nil, answer
}

// elsewhere reports whether another address may take a bind that one has answered so.
func elsewhere(st smpp.Status) bool { return st == smpp.ESME_RSYSERR || st == smpp.ESME_RTHROTTLED }

// bindAddr tries one address. Its answer is a bind_resp: when it is not ESME_ROK there is no link.
func (p *pair) bindAddr(
	up Upstream, addr string, bind smpp.Frame, limit time.Duration,
) (*link, smpp.Frame, error) {
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	conn, err := p.cfg.connect(ctx, up, addr)
	if err != nil {
		return nil, nil, err
	}
	conn = asSocket(conn)
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(past) })
	l := &link{conn: conn, inbox: newInbox(conn, p.cfg.MaxPDU), addr: addr}
	answer, err := l.bind(bind)
	if !stop() && err == nil {
		err = ctx.Err() // the deadline in the past has been set, or is about to be
	}
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	if answer.Status() != smpp.ESME_ROK {
		conn.Close()
		return nil, slices.Clone(answer), nil
	}
	return l, answer, nil
}

// connect dials one address, TLS included.
func (s *settings) connect(ctx context.Context, up Upstream, addr string) (net.Conn, error) {
	conn, err := s.Dial(ctx, "tcp", addr)
	if err != nil || up.TLS == nil {
		return conn, err
	}
	settings := up.TLS
	if settings.ServerName == "" && !settings.InsecureSkipVerify {
		settings = settings.Clone()
		settings.ServerName, _, _ = net.SplitHostPort(addr)
	}
	secure := tls.Client(conn, settings)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return secure, nil
}

// bind sends the bind and returns its answer, valid until the inbox is filled again. What else comes before
// it belongs to no session: requests are answered, responses dropped.
func (l *link) bind(bind smpp.Frame) (smpp.Frame, error) {
	if _, err := l.conn.Write(bind); err != nil {
		return nil, err
	}
	for {
		f, err := l.inbox.next()
		if err != nil {
			return nil, err
		}
		if f == nil {
			if err := l.inbox.fill(); err != nil {
				return nil, err
			}
			continue
		}
		switch {
		case !f.ID().IsResponse():
			if _, err := l.conn.Write(beforeBind(f)); err != nil {
				return nil, err
			}
		case f.Sequence() == bind.Sequence():
			return bindAnswer(f, bind.ID())
		}
	}
}

// beforeBind answers a request of a message centre that has not answered the bind yet.
func beforeBind(f smpp.Frame) []byte {
	if f.ID() == smpp.IDEnquireLink {
		return smpp.Respond(nil, f.Header(), smpp.ESME_ROK)
	}
	return smpp.Respond(nil, f.Header(), smpp.ESME_RINVBNDSTS)
}

// bindAnswer returns f as the answer to a bind. A generic_nack becomes a bind_resp with its status. One that
// cannot be read, or answers something else, is an error: nothing of it may be taken for a yes.
func bindAnswer(f smpp.Frame, bind smpp.CommandID) (smpp.Frame, error) {
	if f.ID() == smpp.IDGenericNack && f.Status() != smpp.ESME_ROK {
		return smpp.AppendHeader(nil, bind.Response(), f.Status(), f.Sequence()), nil
	}
	if f.ID() != bind.Response() {
		return nil, fmt.Errorf("%s answers %s", f.ID(), bind)
	}
	var resp smpp.BindResponse
	if err := resp.Decode(f); err != nil {
		return nil, err
	}
	return f, nil
}
