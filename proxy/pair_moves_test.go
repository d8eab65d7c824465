package proxy

import (
	"context"
	"slices"

	"geogate/smpp"
)

// The moves of a game: what either side sends, by the octets of the program.

// sequences are few, so that requests in flight share them.
var sequences = [...]uint32{1, 2, 3, 4, 5, 6, 0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF}

func (g *game) sequence() uint32 { return sequences[g.code.number(len(sequences))] }

var destinations = [...]string{
	open, open2, closed, closed2, "+" + open, "00" + open, "07970123456", "12125550123", "", "447 970", "0",
	"112", "+33612345678", "12345678901234567890",
}

func (g *game) address() smpp.Address {
	dest := smpp.Address{TON: 1, NPI: 1, Addr: []byte(destinations[g.code.number(len(destinations))])}
	if shape := g.code.octet(); shape < 128 {
		dest.TON, dest.NPI = shape%8, shape/8%16
	}
	return dest
}

func (g *game) tlvs() []smpp.TLV {
	var list []smpp.TLV
	for range g.code.number(3) {
		value := g.code.octets(g.code.number(6))
		if g.code.number(16) == 0 {
			value = make([]byte, 256*g.code.number(80))
		}
		list = append(list, smpp.TLV{Tag: smpp.Tag(g.code.number(256)) << 4, Value: value})
	}
	return list
}

// request is any request of an ESME; one in four is damaged.
func (g *game) request() []byte {
	f := g.whole()
	if g.code.number(4) == 0 {
		f = g.damaged(f)
	}
	return f
}

func (g *game) whole() smpp.Frame {
	h := smpp.Header{Sequence: g.sequence()}
	source := smpp.Address{TON: 5, Addr: []byte([]string{"Acme", ""}[g.code.number(2)])}
	switch g.code.number(16) {
	case 0, 1, 2, 3:
		sm := smpp.SubmitSM{Source: source, Dest: g.address(), TLVs: g.tlvs()}
		sm.ShortMessage = g.code.octets(g.code.number(20))
		return sm.Append(nil, h)
	case 4, 5:
		return (&smpp.DataSM{Source: source, Dest: g.address(), TLVs: g.tlvs()}).Append(nil, h)
	case 6, 7, 8:
		return g.submitMulti(source).Append(nil, h)
	case 9:
		return header(smpp.IDEnquireLink, h.Sequence)
	case 10:
		return (&smpp.QuerySM{MessageID: []byte("17"), Source: source}).Append(nil, h)
	case 11:
		return (&smpp.CancelSM{MessageID: []byte("17"), Dest: g.address()}).Append(nil, h)
	case 12:
		return (&smpp.ReplaceSM{MessageID: []byte("17"), ShortMessage: []byte("new")}).Append(nil, h)
	case 13:
		return g.bindRequest()
	case 14:
		if f := g.broadcast(source, h); f != nil {
			return f
		}
		odd := [...]smpp.CommandID{
			smpp.IDBroadcastSM, smpp.IDDeliverSM, smpp.IDOutbind, smpp.IDAlertNotification, 0, 0x7777,
			smpp.IDQueryBroadcastSM, smpp.IDCancelBroadcastSM, smpp.IDEnquireLink, smpp.IDUnbind,
		}
		return raw(odd[g.code.number(len(odd))], h.Sequence, string(g.code.octets(g.code.number(5))))
	default:
		return raw(smpp.CommandID(g.code.number(32)), h.Sequence, string(g.code.octets(g.code.number(60))))
	}
}

// broadcast is a request about broadcasts, or nil.
func (g *game) broadcast(source smpp.Address, h smpp.Header) smpp.Frame {
	switch g.code.number(6) {
	case 0:
		return (&smpp.BroadcastSM{Source: source, TLVs: g.tlvs()}).Append(nil, h)
	case 1:
		return (&smpp.QueryBroadcastSM{MessageID: []byte("17"), Source: source}).Append(nil, h)
	case 2:
		return (&smpp.CancelBroadcastSM{Source: source, TLVs: g.tlvs()}).Append(nil, h)
	}
	return nil
}

func (g *game) submitMulti(source smpp.Address) *smpp.SubmitMulti {
	sm := &smpp.SubmitMulti{Source: source, ShortMessage: []byte("hello"), TLVs: g.tlvs()}
	for range 1 + g.code.number(5) {
		dest := smpp.Destination{Address: g.address()}
		if g.code.number(8) == 0 {
			dest = smpp.Destination{Address: smpp.Address{Addr: []byte("friends")}, DistributionList: true}
		}
		sm.Dests = append(sm.Dests, dest)
	}
	return sm
}

// damaged has an octet of its body changed, or its end cut off; its command_length is right.
func (g *game) damaged(f smpp.Frame) smpp.Frame {
	if len(f) == smpp.HeaderLen {
		return f
	}
	at := smpp.HeaderLen + (g.code.number(256)<<8|g.code.number(256))%(len(f)-smpp.HeaderLen)
	if g.code.number(3) > 0 {
		f[at] = g.code.octet()
		return f
	}
	return raw(f.ID(), f.Sequence(), string(f[smpp.HeaderLen:at]))
}

func (g *game) bindRequest() smpp.Frame {
	modes := [...]smpp.CommandID{smpp.IDBindTransceiver, smpp.IDBindTransmitter, smpp.IDBindReceiver}
	ids := [...]string{"acme", "acme", "acme", "acme", "other", ""}
	req := smpp.BindRequest{
		SystemID: []byte(ids[g.code.number(len(ids))]), Password: smpp.Secret("secret"), InterfaceVersion: 0x34,
	}
	return req.Append(nil, smpp.Header{ID: modes[g.code.number(len(modes))], Sequence: g.sequence()})
}

// planBind is what the message centre says to a bind.
func (g *game) planBind(bind smpp.Frame) []byte {
	h := smpp.Header{ID: bind.ID().Response(), Sequence: bind.Sequence()}
	switch g.code.number(10) {
	case 0:
		h.Status = smpp.ESME_RINVPASWD
	case 1:
		g.last = true // a message centre that fails is not asked again at once
		return nil
	}
	resp := smpp.BindResponse{SystemID: []byte("MC")}
	return resp.Append(nil, h)
}

// response is an answer of the ESME, to a delivery or to nothing.
func (g *game) response() []byte {
	ids := [...]smpp.CommandID{
		smpp.IDDeliverSMResp, smpp.IDEnquireLinkResp, smpp.IDDataSMResp, smpp.IDGenericNack, smpp.IDUnbindResp,
		0x80007777,
	}
	return raw(ids[g.code.number(len(ids))], g.sequence(), string(g.code.octets(g.code.number(3))))
}

// answerOne lets the message centre answer one request that it has, rightly.
func (g *game) answerOne() {
	g.settleMC()
	if len(g.m.waiting) == 0 {
		return
	}
	i := g.code.number(len(g.m.waiting))
	g.answer(i, g.code.number(5))
}

// answer answers the i-th waiting request, or the oldest of the same kind and sequence_number.
func (g *game) answer(i, how int) {
	r := g.m.waiting[i]
	i = slices.IndexFunc(g.m.waiting, func(w request) bool { return w.id == r.id && w.seq == r.seq })
	f := header(r.id.Response(), r.seq)
	switch {
	case how == 0:
		f = smpp.AppendHeader(nil, r.id.Response(), smpp.ESME_RMSGQFUL, r.seq)
	case how == 1 && r.id != smpp.IDUnbind:
		f = smpp.AppendHeader(nil, smpp.IDGenericNack, smpp.ESME_RSYSERR, r.seq)
	case r.id == smpp.IDSubmitMulti:
		resp := smpp.SubmitMultiResp{MessageID: []byte("m1"), TLVs: g.tlvs()}
		if g.code.number(3) == 0 {
			resp.Unsuccess = []smpp.Unsuccess{{Address: g.address(), Status: smpp.ESME_RSUBMITFAIL}}
		}
		f = resp.Append(nil, smpp.Header{Sequence: r.seq})
	case r.id == smpp.IDSubmitSM:
		f = raw(smpp.IDSubmitSMResp, r.seq, "m2\x00")
	}
	last := f.ID() == smpp.IDUnbindResp && f.Status() == smpp.ESME_ROK
	if r.id == smpp.IDUnbind {
		g.settle() // the state changes with it
	}
	g.m.answered(i, f)
	g.fromMC(f)
	if f.Status() != smpp.ESME_ROK || last {
		g.settleESME() // what follows may depend on it
	}
	g.last = g.last || last
}

// answerWrongly lets the message centre answer what nobody asked, or with the wrong command, or twice.
func (g *game) answerWrongly() {
	ids := [...]smpp.CommandID{
		smpp.IDSubmitSMResp, smpp.IDSubmitMultiResp, smpp.IDDataSMResp, smpp.IDGenericNack, smpp.IDUnbindResp,
		smpp.IDBindTransceiverResp, 0x80007777,
	}
	f := raw(ids[g.code.number(len(ids))], g.sequence(), string(g.code.octets(g.code.number(9))))
	if f.ID() == smpp.IDUnbindResp && g.m.state == Unbound {
		return // that would be the answer
	}
	g.settle()
	g.uncertain = true
	g.m.unasked(f)
	g.fromMC(f)
	g.settle()
}

// ask lets the message centre send a request.
func (g *game) ask() {
	seq := g.sequence()
	if g.owesNothing() {
		return
	}
	switch g.code.number(6) {
	case 0, 1, 2:
		g.fromMC(deliver(seq, string(g.code.octets(g.code.number(30)))))
	case 3:
		g.fromMC(header(smpp.IDEnquireLink, seq))
	case 4:
		g.fromMC(raw(smpp.IDAlertNotification, seq, "any"))
	default:
		id := smpp.CommandID(g.code.number(256))
		if id == smpp.IDUnbind {
			id = smpp.IDDataSM
		}
		g.fromMC(raw(id, seq, string(g.code.octets(g.code.number(40)))))
	}
}

// owesNothing reports whether the message centre may not ask for anything: what the ESME owes is waited for when the
// session is drained, and it answers what it likes.
func (g *game) owesNothing() bool { return g.ending%10 == drainedBusy }

// breakMC lets the message centre lose its framing: it is told so, and the ESME's session ends.
func (g *game) breakMC() {
	g.settle()
	g.link().conn.Write([]byte{0, 0, 0, byte(g.code.number(16))})
	g.m.toMC = smpp.AppendHeader(g.m.toMC, smpp.IDGenericNack, smpp.ESME_RINVCMDLEN, 0)
	g.last, g.m.over = true, true
}

// finish ends the session in the way that the program asks for, where it has not ended, and looks at the end.
func (g *game) finish() {
	g.settle()
	cause := -1
	if !g.m.over {
		cause = g.end()
	}
	g.ended()
	g.watch.wait(g.t, "the end of the session", func() bool { return len(g.watch.ends) == 1 })
	end := g.watch.ends[0]
	if cause >= 0 && end.Cause != Cause(cause) {
		g.t.Fatalf("the session ended by %s, want %s", end.Cause, Cause(cause))
	}
	if !g.uncertain && end.Unanswered != len(g.m.waiting) {
		g.t.Fatalf("%d requests unanswered, want %d", end.Unanswered, len(g.m.waiting))
	}
	g.srv.Close() // returns when the server knows of the end as well
	if left := g.srv.Sessions(); len(left) != 0 {
		g.t.Fatalf("left: %+v", left)
	}
}

// end ends a session that lives, and returns the cause that must be told.
func (g *game) end() int {
	switch how := g.ending % 5; {
	case how == 0:
		g.srv.Close()
		return int(Aborted)
	case how == 1 && g.link() != nil:
		g.link().conn.Close()
		return int(MCClosed)
	case how == 2 && g.m.state.bound() && len(g.m.stream) == 0: // else it becomes part of what was begun
		return g.unbind()
	case how == 3 && !g.uncertain: // what nobody answers is waited for
		return g.drain()
	}
	g.esme.conn.Close()
	if g.idle() && g.link() != nil { // else the message centre may be closed before the proxy knows of this
		g.link().wait(func(_ []byte, ended bool) bool { return ended })
	} else if g.m.over = true; g.link() != nil {
		return -1
	}
	if len(g.m.stream) > 0 {
		return int(ESMETruncated)
	}
	return int(ESMEClosed)
}

// idle reports whether nothing is in flight.
func (g *game) idle() bool { return len(g.m.waiting) == 0 && !g.uncertain }

// answerAll lets the message centre answer what it has.
func (g *game) answerAll() {
	for len(g.m.waiting) > 0 {
		g.answer(0, 2)
	}
	g.settleESME()
}

func (g *game) unbind() int {
	g.send(header(smpp.IDUnbind, 77))
	g.settle()
	g.answerAll()
	return int(ESMEUnbound)
}

// Two endings by a drain: with requests that the message centre answers meanwhile, and with what the ESME owes, which
// may never come.
const (
	drainedBusy = 3
	drainedIdle = 8
)

// drain shuts the server down: both sides are unbound by the proxy itself, if they are bound.
func (g *game) drain() int {
	state := g.m.state
	if g.ending%10 == drainedIdle {
		g.answerAll()
	}
	done := make(chan error, 1)
	go func() { done <- g.srv.Shutdown(context.Background()) }()
	g.answerAll()
	if state.bound() {
		g.unbindMC()
		g.unbindESME()
	}
	if err := <-done; err != nil {
		g.t.Fatal(err)
	}
	if state == Unbound {
		return -1 // the unbind that was under way may have been first
	}
	return int(Drained)
}

// unbindMC takes the proxy's unbind for the message centre.
func (g *game) unbindMC() {
	want := len(g.m.toMC) + smpp.HeaderLen
	g.link().wait(func(got []byte, _ bool) bool { return len(got) >= want })
	got, _ := g.link().soFar()
	if len(got) != want || smpp.Frame(got[want-smpp.HeaderLen:]).ID() != smpp.IDUnbind {
		g.t.Fatalf("the message centre got %x, want an unbind at its end", got)
	}
	f := smpp.Frame(got[want-smpp.HeaderLen:])
	g.m.toMC = slices.Clone(got)
	g.link().conn.Write(header(smpp.IDUnbindResp, f.Sequence()))
}

// unbindESME takes the one for the ESME.
func (g *game) unbindESME() {
	ok := g.esme.wait(func(got []byte, ended bool) bool {
		return ended || len(got) >= g.cut+smpp.HeaderLen
	})
	got, _ := g.esme.soFar()
	if !ok || len(got) != g.cut+smpp.HeaderLen || smpp.Frame(got[g.cut:]).ID() != smpp.IDUnbind {
		g.t.Fatalf("the ESME got %x, want an unbind", got[g.cut:])
	}
	f := smpp.Frame(got[g.cut:])
	g.cut = len(got)
	g.esme.conn.Write(header(smpp.IDUnbindResp, f.Sequence()))
}

// ended waits for the end of both connections and checks that nothing came behind what had to.
func (g *game) ended() {
	ended := func(_ []byte, ended bool) bool { return ended }
	link := g.link()
	if link != nil && g.m.over {
		if !link.wait(func(got []byte, _ bool) bool { return len(got) >= len(g.m.toMC) }) {
			g.mcGot(false)
		}
		link.conn.Close() // a message centre that is told of the end need not be waited for
	}
	if !g.esme.wait(ended) {
		g.t.Fatal("the ESME's connection does not end")
	}
	got, _ := g.esme.soFar()
	if g.readESME(got); g.cut != len(got) {
		g.t.Fatalf("behind the last frame the ESME got %x", got[g.cut:])
	}
	if link == nil {
		return
	}
	if !link.wait(ended) {
		g.t.Fatal("the message centre's connection does not end")
	}
	g.mcGot(true)
}
