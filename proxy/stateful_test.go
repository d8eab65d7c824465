package proxy

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// player drives one session with random requests, good and bad, cut anywhere, and knows what has to come of
// each.
type player struct {
	t      *testing.T
	random *rand.Rand
	seq    uint32

	answers   map[uint32]expected // by sequence number: what must come, once
	forwarded []smpp.Frame        // that the message centre must get, in order
	delivered map[uint32][]byte   // deliver_sm that the ESME must get
}

// expected is the answer to one request.
type expected struct {
	id        smpp.CommandID
	status    smpp.Status
	unsuccess []string // of a submit_multi
}

// next makes one request and notes what must come of it.
func (p *player) next() smpp.Frame {
	p.seq++
	kinds := []func() (smpp.Frame, expected, smpp.Frame){
		p.single, p.single, p.single, p.multi, p.malformed, p.wrong, p.unjudged,
	}
	f, answer, forwarded := kinds[p.random.IntN(len(kinds))]()
	p.answers[p.seq] = answer
	if forwarded != nil {
		p.forwarded = append(p.forwarded, forwarded)
	}
	return f
}

// taken is the message centre's answer to a request: scripted by its sequence number, as behave does.
func (p *player) taken(id smpp.CommandID) expected {
	switch p.seq % 10 {
	case 3:
		return expected{id: id.Response(), status: smpp.ESME_RMSGQFUL}
	case 4:
		return expected{id: smpp.IDGenericNack, status: smpp.ESME_RSYSERR}
	}
	return expected{id: id.Response()}
}

func behave(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
	if f.ID().IsBind() || f.ID() == smpp.IDUnbind {
		return smpptest.Action{}
	}
	switch f.Sequence() % 10 {
	case 3:
		return smpptest.Action{Status: smpp.ESME_RMSGQFUL}
	case 4:
		return smpptest.Action{Fault: smpptest.Nack}
	case 5, 6:
		return smpptest.Action{Fault: smpptest.OutOfOrder}
	}
	return smpptest.Action{}
}

func (p *player) dest() (string, bool) {
	list := []string{open, open2, closed, closed2}
	i := p.random.IntN(len(list))
	return list[i], i < 2
}

func (p *player) tlvs() []smpp.TLV {
	var list []smpp.TLV
	for range p.random.IntN(4) {
		value := make([]byte, p.random.IntN(1<<p.random.IntN(12)))
		list = append(list, smpp.TLV{Tag: smpp.Tag(p.random.IntN(1 << 16)), Value: value})
	}
	return list
}

func (p *player) single() (smpp.Frame, expected, smpp.Frame) {
	digits, allowed := p.dest()
	dest := smpp.Address{TON: 1, NPI: 1, Addr: []byte(digits)}
	h := smpp.Header{Sequence: p.seq}
	sm := smpp.SubmitSM{Dest: dest, ShortMessage: make([]byte, p.random.IntN(255)), TLVs: p.tlvs()}
	f := smpp.Frame(sm.Append(nil, h))
	if p.random.IntN(3) == 0 {
		data := smpp.DataSM{Dest: dest, TLVs: sm.TLVs}
		f = data.Append(nil, h)
	}
	if !allowed {
		return f, expected{id: f.ID().Response(), status: smpp.ESME_RINVDSTADR}, nil
	}
	return f, p.taken(f.ID()), f
}

func (p *player) multi() (smpp.Frame, expected, smpp.Frame) {
	var all, left []string
	var refused []string
	for range 1 + p.random.IntN(6) {
		digits, allowed := p.dest()
		all = append(all, digits)
		if allowed {
			left = append(left, digits)
		} else {
			refused = append(refused, digits+" ESME_RINVDSTADR")
		}
	}
	f := multi(p.seq, all...)
	if left == nil {
		return f, expected{smpp.IDSubmitMultiResp, smpp.ESME_RINVDSTADR, refused}, nil
	}
	answer := p.taken(smpp.IDSubmitMulti)
	if answer.status == smpp.ESME_ROK {
		answer.unsuccess = refused
	}
	return f, answer, multi(p.seq, left...)
}

// malformed breaks an allowed submit_sm: it must be answered in kind and never forwarded.
func (p *player) malformed() (smpp.Frame, expected, smpp.Frame) {
	body := goodBody()
	st := smpp.ESME_RINVMSGLEN
	switch p.random.IntN(5) {
	case 0:
		body.service, st = "1234567", smpp.ESME_RINVSERTYP
	case 1:
		body.source, st = "\x01\x01"+unended, smpp.ESME_RINVSRCADR
	case 2:
		body.dest, st = "\x01\x01"+unended, smpp.ESME_RINVDSTADR
	case 3:
		body.tlvs, st = "\x14\x00\xff\xff", smpp.ESME_RINVOPTPARSTREAM
	default:
		body.text = "\xff"
	}
	return body.frame(p.seq), expected{id: smpp.IDSubmitSMResp, status: st}, nil
}

// wrong is a request that has no place on a bound session.
func (p *player) wrong() (smpp.Frame, expected, smpp.Frame) {
	switch p.random.IntN(4) {
	case 0:
		return raw(0x7777, p.seq, "any"), expected{id: smpp.IDGenericNack, status: smpp.ESME_RINVCMDID}, nil
	case 1:
		bind := smpp.BindRequest{SystemID: []byte("acme")}
		f := bind.Append(nil, smpp.Header{ID: smpp.IDBindTransmitter, Sequence: p.seq})
		return f, expected{id: smpp.IDBindTransmitterResp, status: smpp.ESME_RALYBND}, nil
	case 2:
		return deliver(p.seq, "wrong way"), expected{id: smpp.IDDeliverSMResp, status: smpp.ESME_RINVBNDSTS}, nil
	default:
		f := raw(smpp.IDBroadcastSM, p.seq, "x")
		return f, expected{id: smpp.IDBroadcastSMResp, status: smpp.ESME_RINVDSTADR}, nil
	}
}

func (p *player) unjudged() (smpp.Frame, expected, smpp.Frame) {
	f := header(smpp.IDEnquireLink, p.seq)
	if p.random.IntN(2) == 0 {
		f = (&smpp.CancelSM{MessageID: []byte("17")}).Append(nil, smpp.Header{Sequence: p.seq})
	}
	return f, p.taken(f.ID()), f
}

// check holds one frame that came to the ESME against what was expected.
func (p *player) check(f smpp.Frame) {
	p.t.Helper()
	seq := f.Sequence()
	if f.ID() == smpp.IDDeliverSM {
		if !bytes.Equal(f, p.delivered[seq]) {
			p.t.Fatalf("delivered %s, which is not what was sent", smpp.Trace(f))
		}
		delete(p.delivered, seq)
		return
	}
	want, ok := p.answers[seq]
	delete(p.answers, seq)
	if !ok || f.ID() != want.id || f.Status() != want.status {
		p.t.Fatalf("got %s, want %+v (known: %v)", smpp.Trace(f), want, ok)
	}
	if f.ID() == smpp.IDSubmitMultiResp && len(f) > smpp.HeaderLen {
		if got := unsuccess(p.t, f); !slices.Equal(got, want.unsuccess) {
			p.t.Fatalf("sequence %d: unsuccess %v, want %v", seq, got, want.unsuccess)
		}
	}
}

// TestSessionsAgainstAModel plays random sessions: every request is answered exactly once and as the model
// says, the message centre gets exactly the allowed octets in their order, deliveries come through untouched,
// nothing is left.
func TestSessionsAgainstAModel(t *testing.T) {
	t.Parallel()
	const rounds, requests = 30, 300
	r := newRig(t, smpptest.MCOptions{Behave: behave}, nil)
	for seed := range uint64(rounds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { playSession(t, r, seed, requests) })
	}
	r.ended(t, rounds)
	if n := r.seen(UnaskedMC) + r.seen(UnaskedESME) + r.seen(UnmergedAnswer); n != 0 {
		t.Fatal(r.events)
	}
}

func playSession(t *testing.T, r *rig, seed uint64, requests int) {
	p := &player{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), seq: 10,
		answers: map[uint32]expected{}, delivered: map[uint32][]byte{},
	}
	e := r.trx()
	link := r.link()
	var stream []byte
	deliveries := 0
	for i := range requests {
		stream = append(stream, p.next()...)
		if p.random.IntN(4) == 0 {
			f := deliver(uint32(i), fmt.Sprint("text ", i))
			p.delivered[uint32(i)] = f
			link.Send(f)
			deliveries++
		}
		for len(stream) > 0 && p.random.IntN(3) > 0 {
			n := 1 + p.random.IntN(len(stream))
			send(t, e, stream[:n])
			stream = stream[n:]
		}
	}
	send(t, e, stream)
	for len(p.answers)+len(p.delivered) > 0 {
		f := recv(t, e)
		if p.check(f); f.ID() == smpp.IDDeliverSM { // answered here: not amid a frame that is sent in pieces
			e.Answer(f, smpp.ESME_ROK)
		}
	}
	if st, err := e.Unbind(testContext(t)); st != smpp.ESME_ROK || err != nil {
		t.Fatal(st, err)
	}
	if frames := wantClosed(t, e); len(frames) != 0 || e.Faults() != nil || e.InFlight() != 0 {
		t.Fatalf("left over:\n%s%v", traces(frames), e.Faults())
	}
	got := link.Received()
	sameFrames(t, got[1:len(got)-1], p.forwarded...) // between bind and unbind
	<-link.Done()
	if answers := link.Responses(); len(answers) != deliveries {
		t.Fatalf("%d answers to %d deliver_sm", len(answers), deliveries)
	}
}
