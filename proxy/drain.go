package proxy

import (
	"time"

	"geogate/smpp"
)

// unbindBoth ends a session that is being drained. The message centre answers what is in flight; then it is
// unbound, which lets it say what is left, and the ESME last, behind everything that came. What the ESME sends
// meanwhile is read only while it owes the message centre answers, which hears says can be.
func (p *pair) unbindBoth(hears bool) {
	p.drained = true
	hears = p.awaitAnswers(hears)
	if p.session.State().bound() {
		p.unbindMC(hears)
		p.unbindESME()
	}
}

// awaitAnswers waits for the answers of both sides: of the message centre's to all that is in flight, of the
// ESME's to what it had been asked by then. Without the latter, the message centre would deliver again.
func (p *pair) awaitAnswers(hears bool) bool {
	end := time.Now().Add(p.cfg.DrainTimeout)
	timeout := time.NewTimer(p.cfg.DrainTimeout)
	defer timeout.Stop()
	owed := -1
	for {
		asked, answered := p.toESME.counts()
		if owed < 0 && p.toMC.inFlight() == 0 {
			owed = asked // and no more: the message centre may never stop sending
		}
		switch {
		case owed >= 0 && (answered >= owed || !hears):
			return hears
		case hears && asked > answered:
			hears = p.hear(end)
			continue
		}
		select {
		case <-p.toMC.whenEmpty():
		case <-p.whenOwing(hears):
		case <-timeout.C:
			return hears
		case <-p.mcDone:
			return hears
		}
	}
}

// hear reads the ESME once, until end, and takes what has come; false: nothing more can be heard.
func (p *pair) hear(end time.Time) bool {
	if !p.hearUntil(end) || !p.fill() || !p.takeBatch() {
		return false
	}
	p.fwd.reset()
	return true
}

// hearUntil sets the deadline for reading the ESME; false: the message centre has ended, and nobody waits for
// answers any more.
func (p *pair) hearUntil(t time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.mcDone:
		return false
	default:
		p.esme.SetReadDeadline(t)
		return true
	}
}

// whenOwing returns a channel that is closed when the ESME owes answers and can be heard.
func (p *pair) whenOwing(hears bool) <-chan struct{} {
	if !hears {
		return nil
	}
	return p.toESME.whenFilled()
}

// takesLate reports whether a session that is being drained still takes a request: those about itself, until it
// unbinds by itself.
func (p *pair) takesLate(id smpp.CommandID) bool {
	return (id == smpp.IDEnquireLink || id == smpp.IDUnbind) && p.ownUnbind.Load() == 0
}

// unbindMC unbinds the message centre and returns when it has ended. A message centre that waits for answers
// before it ends still gets them.
func (p *pair) unbindMC(hears bool) {
	sequence := p.toMC.unused(nextSequence(p.lastSeq))
	p.ownUnbind.Store(uint64(sequence) + 1)
	end := time.Now().Add(p.cfg.UnbindTimeout)
	p.mc.SetWriteDeadline(end)
	if _, err := p.mc.Write(smpp.AppendHeader(nil, smpp.IDUnbind, smpp.ESME_ROK, sequence)); err != nil {
		p.mc.SetReadDeadline(past)
	} else {
		p.mc.SetReadDeadline(end)
	}
	for {
		select {
		case <-p.mcDone:
			return
		case <-p.whenOwing(hears):
			hears = p.hear(end)
		}
	}
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
		case len(f) == 0:
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
