package proxy

import (
	"errors"
	"io"
	"os"
	"time"

	"geogate/smpp"
)

// fromMC relays what the message centre sends until it ends, in the order in which it came.
func (p *pair) fromMC(over bool) {
	defer p.mcEnded()
	for !over && p.relayBatch() {
		p.back.reset()
		if err := p.mcIn.fill(); err != nil {
			p.stop(mcReadCause(err, p.mcIn.partial()))
			return
		}
	}
}

// mcEnded makes fromESME end as well: writes to the message centre fail from here on, and reading wakes up.
func (p *pair) mcEnded() {
	p.mc.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.esme.SetReadDeadline(past)
	close(p.mcDone)
}

func mcReadCause(err error, partial bool) Cause {
	if errors.Is(err, io.EOF) && partial {
		return MCTruncated
	}
	return MCClosed
}

// relayBatch relays the whole frames in the inbox in one write; false: nothing more is to be relayed.
func (p *pair) relayBatch() bool {
	p.back.in = p.mcIn
	more := true
	before := p.mcIn.r
	var bad error
	for more {
		p.relayAnswers()
		var f smpp.Frame
		if f, bad = p.mcIn.next(); len(f) == 0 {
			break
		}
		more = p.relay(f)
	}
	octets := p.mcIn.r - before
	p.toESME.ask(p.mcAsked)
	p.mcAsked = p.mcAsked[:0]
	err := p.out.write(p.back.bytes())
	p.note(UnaskedMC, p.toMC.answer(p.mcTold))
	p.mcTold = p.mcTold[:0]
	p.session.add(countFromMC, p.back.frames)
	p.session.add(octetsFromMC, octets)
	p.session.add(octetsToESME, len(p.back.bytes()))
	switch {
	case err != nil:
		p.stop(esmeWriteCause(err))
	case bad != nil:
		p.badMCFrame()
	default:
		return more
	}
	return false
}

// relayAnswers hands on what nearly all of the message centre's frames are: answers to submit_sm.
func (p *pair) relayAnswers() {
	octets, told := p.mcIn.run(smpp.IDSubmitSMResp, p.mcTold)
	if octets > 0 {
		p.back.forward(len(told)-len(p.mcTold), octets)
		p.mcTold = told
	}
}

// relay hands one frame on; false: the session ends behind it.
func (p *pair) relay(f smpp.Frame) bool {
	h := f.Header()
	if !h.ID.IsResponse() {
		p.lastMCSeq = h.Sequence
		if h.ID != smpp.IDAlertNotification && h.ID != smpp.IDOutbind { // these have no answer
			p.mcAsked = append(p.mcAsked, h.Sequence)
		}
		if h.ID == smpp.IDUnbind {
			p.mcUnbinding.Store(true)
		}
		p.back.forward(1, len(f))
		return true
	}
	if p.answersOwnUnbind(h) {
		return false
	}
	p.mcTold = append(p.mcTold, h.Sequence)
	switch h.ID {
	case smpp.IDSubmitMultiResp:
		p.relayMulti(f, h)
		return true
	case smpp.IDGenericNack:
		p.toMC.nackMulti(h.Sequence)
	}
	p.back.forward(1, len(f))
	return h.ID != smpp.IDUnbindResp || !p.unbound(h.Status)
}

// answersOwnUnbind reports whether a response is to the unbind that a drain has sent: the ESME knows of none.
func (p *pair) answersOwnUnbind(h smpp.Header) bool {
	answers := h.ID == smpp.IDUnbindResp || h.ID == smpp.IDGenericNack
	return answers && p.ownUnbind.Load() == uint64(h.Sequence)+1
}

// unbound takes the message centre's answer to the ESME's unbind; true: the session is over. A refused unbind
// leaves it as it was; an answer that nobody asked for changes nothing.
func (p *pair) unbound(st smpp.Status) bool {
	switch {
	case p.session.State() != Unbound:
		return false
	case st != smpp.ESME_ROK:
		p.session.setState(boundBy(p.session.Mode))
		return false
	}
	p.stop(ESMEUnbound)
	return true
}

// relayMulti relays the answer to a submit_multi with the entries that were taken out of it. One that says
// the message was not taken at all is relayed as it is. One that cannot be read cannot be merged, and as it
// stands it would claim messages that were never sent: the ESME gets an error instead. The others may have been
// sent, so it is the one error that every sender takes as final and that says nothing of an address.
func (p *pair) relayMulti(f smpp.Frame, h smpp.Header) {
	refused := p.toMC.takeMulti(h.Sequence)
	if len(refused) == 0 || h.Status != smpp.ESME_ROK {
		p.back.forward(1, len(f))
		return
	}
	merged, err := smpp.AppendMergedUnsuccess(p.back.edit(), f, refused)
	if err != nil {
		p.note(UnmergedAnswer, 1)
		merged = smpp.AppendHeader(merged, smpp.IDSubmitMultiResp, smpp.ESME_RX_R_APPN, h.Sequence)
	}
	p.back.put(merged)
}

// badMCFrame tells the message centre that its framing is lost. The ESME's session ends with it.
func (p *pair) badMCFrame() {
	p.stop(MCBadFrame)
	err := writeWithin(p.mc, p.cfg.WriteDeadline, smpp.AppendHeader(nil, smpp.IDGenericNack, smpp.ESME_RINVCMDLEN, 0))
	if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		closeWrite(p.mc)
		p.mc.SetReadDeadline(time.Now().Add(linger))
		discard(p.mc)
	}
}
