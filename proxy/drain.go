package proxy

import (
	"time"

	"geogate/smpp"
)

// unbindBoth ends a session that is being drained. fromESME reads nothing more; the message centre answers
// what is in flight; then it is unbound, which lets it say what is left, and the ESME last, behind everything
// that came. Requests that the ESME sent meanwhile were not read and belong to no session any more.
func (p *pair) unbindBoth() {
	timeout := time.NewTimer(p.cfg.DrainTimeout)
	defer timeout.Stop()
	select {
	case <-p.toMC.whenEmpty():
	case <-timeout.C:
	case <-p.mcDone:
	}
	if p.session.State().bound() {
		p.unbindMC()
		p.unbindESME()
	}
}

// unbindMC unbinds the message centre and returns when it has ended.
func (p *pair) unbindMC() {
	sequence := p.toMC.unused(nextSequence(p.lastSeq))
	p.ownUnbind.Store(uint64(sequence) + 1)
	p.mc.SetWriteDeadline(time.Now().Add(p.cfg.UnbindTimeout))
	if _, err := p.mc.Write(smpp.AppendHeader(nil, smpp.IDUnbind, smpp.ESME_ROK, sequence)); err != nil {
		p.mc.SetReadDeadline(past)
	} else {
		p.mc.SetReadDeadline(time.Now().Add(p.cfg.UnbindTimeout))
	}
	<-p.mcDone
}

// unbindESME unbinds the ESME and waits for its answer. Requests that come before it are in state UNBOUND and
// get none: they were never taken, and the connection closes.
func (p *pair) unbindESME() {
	sequence := p.toESME.unused(nextSequence(p.lastMCSeq)) // fromMC has ended
	p.session.setState(Unbound)
	if p.out.write(smpp.AppendHeader(nil, smpp.IDUnbind, smpp.ESME_ROK, sequence)) != nil {
		return
	}
	p.esme.SetReadDeadline(time.Now().Add(p.cfg.UnbindTimeout))
	for {
		f, err := p.in.next()
		switch {
		case err != nil:
			return
		case f == nil:
			if p.in.fill() != nil {
				return
			}
		case f.ID() == smpp.IDUnbindResp && f.Sequence() == sequence:
			return
		}
	}
}

// maxSequence is the largest sequence_number (SMPP 3.4 s.5.1.4).
const maxSequence = 0x7FFFFFFF

// nextSequence is the sequence number behind the peer's last one.
func nextSequence(last uint32) uint32 {
	if last >= maxSequence {
		return 1
	}
	return last + 1
}
