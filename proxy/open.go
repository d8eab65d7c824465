package proxy

import (
	"errors"
	"io"
	"os"
	"time"

	"go.uber.org/zap"

	"geogate/smpp"
)

// open is the OPEN state: it takes frames until a bind is accepted, and reports whether one was.
func (p *pair) open() bool {
	p.initEnd = time.Now().Add(p.cfg.SessionInit)
	p.readUntil(p.initEnd)
	for {
		f, err := p.in.next()
		switch {
		case err != nil:
			p.badFrame()
			return false
		case len(f) == 0:
			if p.answer() != nil || !p.fill() {
				return false
			}
		case f.ID().IsBind():
			if p.answer() != nil || p.late() {
				return false
			}
			if p.bind(f) {
				return true
			}
			if p.failedBinds >= maxFailedBinds {
				p.stop(BindsFailed)
				return false
			}
		default:
			p.beforeBind(f)
		}
	}
}

// maxFailedBinds ends a connection that does nothing but fail to bind: each one may cost a connect to a message
// centre.
const maxFailedBinds = 10

// late reports whether session_init is over. Binds that came in one segment are not read one by one, so the
// deadline for reading does not end them.
func (p *pair) late() bool {
	if time.Now().Before(p.initEnd) {
		return false
	}
	p.stop(InitTimeout)
	return true
}

// beforeBind answers whatever is not a bind in state OPEN (SMPP 3.4 s.2.3): no request is allowed there but a
// bind.
func (p *pair) beforeBind(f smpp.Frame) {
	h := f.Header()
	p.session.add(countRequests, 1)
	switch {
	case h.ID.IsResponse():
		p.note(UnaskedESME, 1)
	case !h.ID.Known() && !p.cfg.relayed[h.ID]:
		p.note(UnknownCommand, 1)
		p.replies = smpp.Respond(p.replies, h, smpp.ESME_RINVCMDID)
	default:
		p.note(WrongState, 1)
		p.replies = smpp.Respond(p.replies, h, smpp.ESME_RINVBNDSTS)
	}
	if len(p.replies) >= batchBuffer {
		p.answer()
	}
}

// answer sends our own answers so far.
func (p *pair) answer() error {
	err := p.out.write(p.replies)
	p.replies = p.replies[:0]
	if err != nil {
		p.stop(esmeWriteCause(err))
	}
	return err
}

// fill reads from the ESME; false: it has ended, or is to be read no more. The cause is noted.
func (p *pair) fill() bool {
	err := p.in.fill()
	switch {
	case err == nil:
		return true
	case errors.Is(err, os.ErrDeadlineExceeded):
		if p.session.State() == Open {
			p.stop(InitTimeout) // no effect when the session is drained
		}
	case errors.Is(err, io.EOF) && p.in.partial():
		p.stop(ESMETruncated)
	default:
		p.stop(ESMEClosed)
	}
	return false
}

// badFrame answers a command_length that cannot be (SMPP 3.4 s.4.3). Framing is lost, so the sequence_number
// is not known and the connection is closed behind it.
func (p *pair) badFrame() {
	p.stop(ESMEBadFrame)
	p.replies = smpp.AppendHeader(p.replies, smpp.IDGenericNack, smpp.ESME_RINVCMDLEN, 0)
	p.answer()
}

func esmeWriteCause(err error) Cause {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ESMESlow
	}
	return ESMEClosed
}

// bind judges a bind, relays it and answers it; true: the session is bound.
func (p *pair) bind(f smpp.Frame) bool {
	p.session.add(countRequests, 1)
	var req smpp.BindRequest
	if err := req.Decode(f); err != nil {
		p.note(Malformed, 1)
		p.refuseBind(f.Header(), refusal{fieldStatus(err), err.Error()})
		return false
	}
	g, no := p.srv.admission.admit(p.ctx, p.cfg, caller{p.session.Remote, p.origin(), p.cert}, f.ID(), &req)
	p.identify(&g, f.ID())
	if no.why == "" && g.proven() {
		no = p.reserve(&g)
	}
	if no.why != "" {
		p.punish(no.status)
		p.refuseBind(f.Header(), no)
		return false
	}
	l, answer := p.bindUpstream(&g, rebuilt(f, &req, &g))
	if l == nil {
		p.release()
		p.relayRefusal(f.Header(), answer)
		return false
	}
	if no := p.adopt(l, &g); no.why != "" {
		p.refuseBind(f.Header(), no)
		return false
	}
	return p.bound(&g, answer)
}

// adopt makes a link that took the bind the session's, unless the last place went to another one meanwhile.
func (p *pair) adopt(l *link, g *grant) refusal {
	if !p.holds {
		if no := p.reserve(g); no.why != "" {
			l.unbind()
			return no
		}
	}
	if !p.join(l) {
		l.conn.Close()
		p.release()
		return refusal{smpp.ESME_RSYSERR, "the session has ended meanwhile"}
	}
	return refusal{}
}

// reserve takes the places that a bound session holds.
func (p *pair) reserve(g *grant) refusal {
	no := p.srv.admission.reserve(p.cfg, g)
	if no.why == "" {
		p.grant, p.holds = *g, true
	}
	return no
}

// release gives them back, once.
func (p *pair) release() {
	if p.holds {
		p.holds = false
		p.srv.admission.release(&p.grant)
	}
}

// fieldStatus is the status of a PDU that could not be read.
func fieldStatus(err error) smpp.Status {
	var field *smpp.FieldError
	if errors.As(err, &field) {
		return field.Status
	}
	return smpp.ESME_RSYSERR
}

// identify notes who asks.
func (p *pair) identify(g *grant, mode smpp.CommandID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.session
	s.SystemID, s.Account, s.Upstream, s.Mode = g.systemID, g.account, g.upstream, mode
}

// rebuilt is the bind as the message centre gets it: the very octets, unless other credentials are written
// for it.
func rebuilt(f smpp.Frame, req *smpp.BindRequest, g *grant) smpp.Frame {
	if g.bind == nil || g.bind.UpstreamSystemID == "" && g.bind.UpstreamPassword == "" {
		return f
	}
	other := *req
	if g.bind.UpstreamSystemID != "" {
		other.SystemID = []byte(g.bind.UpstreamSystemID)
	}
	if g.bind.UpstreamPassword != "" {
		other.Password = smpp.Secret(g.bind.UpstreamPassword.Reveal())
	}
	return other.Append(nil, f.Header())
}

// refuseBind answers a bind with a failure.
func (p *pair) refuseBind(h smpp.Header, no refusal) {
	p.refusedBind(no)
	p.replies = smpp.Respond(p.replies, h, no.status)
	p.answer()
}

// relayRefusal relays the message centre's answer to a bind that it refused; nil: no message centre gave one.
func (p *pair) relayRefusal(h smpp.Header, answer smpp.Frame) {
	if answer == nil {
		p.refuseBind(h, refusal{smpp.ESME_RSYSERR, "no message centre took it"})
		return
	}
	p.punish(answer.Status())
	p.refusedBind(refusal{answer.Status(), "the message centre refused it"})
	p.replies = append(p.replies, answer...)
	p.answer()
}

func (p *pair) refusedBind(no refusal) {
	p.failedBinds++
	p.session.add(countRefused, 1)
	p.cfg.Logger.Info("bind refused", p.who(zap.Stringer("status", no.status), zap.String("why", no.why))...)
	p.cfg.Observer.Bound(&p.session, no.status)
}

// punish waits before a failed bind is answered, within session_init: the longer the more of them there were from this
// address. Only failures that one causes by guessing count.
func (p *pair) punish(st smpp.Status) {
	if st != smpp.ESME_RINVPASWD && st != smpp.ESME_RINVSYSID && st != smpp.ESME_RBINDFAIL {
		return
	}
	delay := min(p.srv.admission.sources.failed(p.source, p.session.SystemID, p.cfg.FailedBindDelay), time.Until(p.initEnd))
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ctx.Done():
	}
}

// bound makes the session a bound one and relays the message centre's answer.
func (p *pair) bound(g *grant, answer smpp.Frame) bool {
	p.session.setState(boundBy(p.session.Mode))
	p.in.bound()
	p.mcIn.bound()
	p.settle()
	p.session.add(countForwarded, 1)
	if g.bind != nil {
		p.limit(g.bind.TPS)
	}
	p.cfg.Logger.Info("bound",
		p.who(zap.Stringer("mode", p.session.Mode), zap.String("message_centre", p.session.MCAddr))...)
	p.cfg.Observer.Bound(&p.session, smpp.ESME_ROK)
	p.readUntil(time.Time{})
	p.touch()
	p.watchIdle()
	p.replies = append(p.replies, answer...)
	p.answer() // on failure fromESME's first read ends the session
	p.obeyAside()
	return true
}

// limit sets the throughput of the session's credential in messages a second; 0: no limit.
func (p *pair) limit(tps float64) {
	p.standing.throughput.own = nil
	if tps > 0 {
		p.standing.throughput.own = p.srv.admission.bucket(p.grant.systemID, tps)
	}
}
