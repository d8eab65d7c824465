package proxy

import (
	"errors"
	"os"
	"strconv"

	"geogate/rules"
	"geogate/rules/numplan"
	"geogate/smpp"
)

// fromESME reads the ESME until its side of the session ends: takes what is there, judges every whole frame,
// and hands the allowed ones on in one write.
func (p *pair) fromESME(over bool) {
	over = over || p.takeAll()
	if p.isDraining() {
		p.unbindBoth(!over)
	}
}

// takeAll takes what the ESME sends until nothing more is to be read; over: nothing more is to be taken either.
func (p *pair) takeAll() (over bool) {
	for p.takeBatch() {
		p.fwd.reset()
		if !p.fill() {
			return false
		}
		p.touch()
	}
	return true
}

// takeBatch does what the whole frames in the inbox ask for; false: nothing more is to be taken.
func (p *pair) takeBatch() bool {
	p.stopwatch.start()
	p.fwd.in = p.in
	p.refresh()
	before := p.in.r
	var bad error
	for p.takeSubmits(); !p.ending; p.takeSubmits() {
		var f smpp.Frame
		if f, bad = p.in.next(); len(f) == 0 {
			break
		}
		p.take(f)
	}
	p.tally.octets = p.in.r - before
	held := p.tally.octets > 0
	ok := p.sendBatch()
	p.stopwatch.stop(p, held)
	if bad != nil {
		p.badFrame()
	}
	return ok && bad == nil && !p.ending
}

// sendBatch sends what the batch has come to: our own answers first, since they wait for nobody, then one
// write to the message centre.
func (p *pair) sendBatch() bool {
	p.tellOutcomes()
	p.note(UnaskedESME, p.toESME.answer(p.told))
	p.toMC.ask(p.asked)
	p.session.add(countRequests, p.tally.requests)
	p.session.add(countRefused, p.tally.refused)
	p.session.add(countForwarded, p.tally.requests-p.tally.refused) // one or the other
	p.told, p.asked = p.told[:0], p.asked[:0]
	p.session.add(octetsFromESME, p.tally.octets)
	p.session.add(octetsToMC, len(p.fwd.bytes()))
	p.tally = tally{}
	if p.sendReplies() != nil {
		return false
	}
	if p.fwd.frames == 0 {
		return true
	}
	if err := writeWithin(p.mc, p.cfg.WriteDeadline, p.fwd.bytes()); err != nil {
		p.mcFailed(err)
		return false
	}
	return true
}

// mcFailed ends what goes to the message centre behind a write that failed. Part of a frame may have gone out: whatever
// followed, such as an unbind, would be read as the rest of a message.
func (p *pair) mcFailed(err error) {
	cause := MCClosed
	if errors.Is(err, os.ErrDeadlineExceeded) {
		cause = MCSlow
	}
	p.stop(cause)
	if s := socketOf(p.mc); s != nil {
		s.CloseWrite()
	}
}

// refresh takes the policy of the moment for the batch, and what limits there are.
func (p *pair) refresh() {
	p.judge.now = p.cfg.Now()
	p.judge.message.Now = p.judge.now.UnixNano()
	s := &p.standing
	if policy := p.cfg.Policies.Policy(); !s.known || policy != s.policy {
		p.standBy(policy)
	}
	s.throughput.start(p.srv.admission.buckets.all.Load())
	s.brief = p.cfg.RefusalsOnly && !s.throughput.limited
}

// standBy looks the account and its limit up in a new policy.
func (p *pair) standBy(policy *rules.Policy) {
	s := &p.standing
	s.known, s.policy = true, policy
	bind, account := credential(policy, p.grant.systemID)
	switch {
	case bind == nil:
		p.limit(0)
	case bind.Closed:
		account = p.grant.account // what is written now cannot be read: it goes on as admitted
	default:
		p.limit(bind.TPS)
	}
	s.account = policy.Account(account)
}

// takeSubmits judges what nearly all of the ESME's frames are: submit_sm of a session that may send them.
func (p *pair) takeSubmits() {
	if p.drained || !p.session.State().transmits() {
		return
	}
	for !p.ending {
		p.takeOpen()
		f := smpp.CutFrame(p.in.ahead(), smpp.IDSubmitSM, p.in.max)
		if len(f) == 0 {
			return
		}
		p.in.skip(len(f))
		p.tally.requests++
		p.lastSeq = f.Sequence()
		p.judgeSubmit(f)
	}
}

// take does what one frame asks for.
func (p *pair) take(f smpp.Frame) {
	h := f.Header()
	if h.ID.IsResponse() {
		p.takeResponse(f, h)
		return
	}
	p.tally.requests++
	p.lastSeq = h.Sequence
	state := p.session.State()
	switch {
	case p.drained && !p.takesLate(h.ID):
		// Of the statuses that senders retry this is the one that asks them to wait (SMPP 3.4 s.5.1.3); Kannel, for
		// one, puts the message back into its queue.
		p.deny(h, smpp.ESME_RTHROTTLED, Late)
	case h.ID.IsBind() && state.bound():
		p.deny(h, smpp.ESME_RALYBND, WrongState)
	case !h.ID.Known() && !p.cfg.relayed[h.ID]:
		p.deny(h, smpp.ESME_RINVCMDID, UnknownCommand)
	case !allowed(h.ID, state):
		p.deny(h, smpp.ESME_RINVBNDSTS, WrongState)
	default:
		p.takeRequest(f, h)
	}
}

// allowed reports whether an ESME may send the request in the state (SMPP 3.4 s.2.3). Ids that SMPP does not
// define and that are relayed nevertheless count as messages.
func allowed(id smpp.CommandID, state State) bool {
	switch id {
	case smpp.IDEnquireLink, smpp.IDUnbind:
		return state.bound()
	case smpp.IDDeliverSM, smpp.IDAlertNotification, smpp.IDOutbind:
		return false // these are the message centre's
	}
	return state.transmits() && !id.IsBind()
}

// takeRequest judges or relays a request that the state allows.
func (p *pair) takeRequest(f smpp.Frame, h smpp.Header) {
	switch h.ID {
	case smpp.IDSubmitSM, smpp.IDDataSM:
		p.judgeOne(f)
	case smpp.IDSubmitMulti:
		p.judgeMulti(f, h)
	case smpp.IDBroadcastSM:
		p.judgeBroadcast(f, h)
	case smpp.IDQuerySM:
		p.relayRead(f, h, new(smpp.QuerySM))
	case smpp.IDCancelSM:
		p.relayRead(f, h, new(smpp.CancelSM))
	case smpp.IDReplaceSM:
		p.relayRead(f, h, new(smpp.ReplaceSM))
	case smpp.IDQueryBroadcastSM:
		p.relayRead(f, h, new(smpp.QueryBroadcastSM))
	case smpp.IDCancelBroadcastSM:
		p.relayRead(f, h, new(smpp.CancelBroadcastSM))
	case smpp.IDEnquireLink:
		p.relayRead(f, h, smpp.HeaderOnly{})
	case smpp.IDUnbind:
		if p.relayRead(f, h, smpp.HeaderOnly{}) {
			p.session.setState(Unbound)
		}
	default: // one of Config.RelayCommands: what is in it nobody here knows
		p.forward(f, h.Sequence)
	}
}

// relayRead relays a request that is not judged if it can be read: what the message centre might read
// otherwise than its sender meant is not handed on. It reports whether it was.
func (p *pair) relayRead(f smpp.Frame, h smpp.Header, pdu interface{ Decode(smpp.Frame) error }) bool {
	if err := pdu.Decode(f); err != nil {
		p.deny(h, fieldStatus(err), Malformed)
		return false
	}
	p.forward(f, h.Sequence)
	return true
}

// forward hands a request on as it is.
func (p *pair) forward(f smpp.Frame, sequence uint32) {
	p.asked = append(p.asked, sequence)
	p.fwd.forward(1, len(f))
}

// deny answers a request with a fault of its own.
func (p *pair) deny(h smpp.Header, st smpp.Status, e Event) {
	p.note(e, 1)
	p.tally.refused++
	p.replies = smpp.Respond(p.replies, h, st)
	p.replied()
}

// refuse answers a message with the verdict on it.
func (p *pair) refuse(h smpp.Header, d *rules.Decision) {
	p.tally.refused++
	if p.cfg.StatusText {
		p.words = appendWords(p.words[:0], d)
		p.replies = smpp.RespondText(p.replies, h, smpp.Status(d.Status), p.words)
	} else {
		p.replies = smpp.Respond(p.replies, h, smpp.Status(d.Status))
	}
	p.replied()
}

// appendWords appends the words of a refusal: "default FR revision 42". They are what a customer's support and the
// operator can talk about: the same reason and revision stand in the log and in `geogate status`.
func appendWords(dst []byte, d *rules.Decision) []byte {
	dst = append(dst, d.Reason.String()...)
	if d.Number.Region != numplan.NoRegion {
		dst = append(append(dst, ' '), d.Number.Region.String()...)
	}
	return strconv.AppendUint(append(dst, " revision "...), d.Revision, 10)
}

// replied sends our own answers early when they are many: an answer can be longer than what it answers.
func (p *pair) replied() {
	if len(p.replies) >= batchBuffer && p.sendReplies() != nil {
		p.ending = true
	}
}

// sendReplies is answer behind the bind.
func (p *pair) sendReplies() error {
	p.session.add(octetsToESME, len(p.replies))
	return p.answer()
}

// takeResponse relays an answer to the message centre, unread: nothing in it sends a message, and one that is kept
// back would leave a request without its answer, and have it repeated. One with an id that SMPP does not define is
// dropped: what it means cannot be known.
func (p *pair) takeResponse(f smpp.Frame, h smpp.Header) {
	if !h.ID.Known() {
		p.note(UnaskedESME, 1)
		return
	}
	p.told = append(p.told, h.Sequence)
	p.fwd.forward(1, len(f))
	if h.ID == smpp.IDUnbindResp && h.Status == smpp.ESME_ROK && p.mcUnbinding.Load() {
		p.stop(MCUnbound)
		p.session.setState(Unbound)
		p.ending = true
	}
}
