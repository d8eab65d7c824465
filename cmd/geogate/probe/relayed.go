package probe

import (
	"bytes"
	"fmt"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// relayed is about what a proxy hands on, octet by octet.
func (t *Target) relayed() []scenario {
	strange, payload := t.message(), t.message()
	strange.tlvs = strangeTLVs
	payload.text, payload.tlvs = "\x00", longPayload
	delivery := frame(smpp.IDDeliverSM, 0x7FFFFFFF, t.delivery("x")+strangeTLVs)
	return []scenario{
		t.paired("A4b", "the ESME's end, inside a submit_sm",
			"nothing of it at the message centre, closed at the message centre", "s.3.2", halfRelayed),
		t.through("A4c", "the message centre's end, inside a submit_sm_resp", "s.3.2",
			exchange{octets: whole(t.submit(7)), ends: closed}, always(smpptest.Action{Fault: smpptest.Truncated})),
		t.paired("B11c", "what B9a to B11b send, in one segment", "nothing of it at the message centre, link up", "s.3.2",
			func(p *pair) { p.withheld(t.unreadable()) }),
		t.forwarded("B12d", "a submit_sm with duplicate, unknown and vendor TLVs", "s.3.3", strange.frame(0x7FFFFFFF)),
		t.delivered("B12e", "a deliver_sm with duplicate, unknown and vendor TLVs", "s.3.3", delivery),
		t.forwarded("B14b", "a submit_sm with 63 KiB of message_payload", "s.5.3.2.32", payload.frame(77)),
	}
}

// halfRelayed sends half a submit_sm and says that nothing will follow.
func halfRelayed(p *pair) {
	seen := p.watch(smpp.IDSubmitSM, nil)
	if err := p.endSending(p.t.submit(7)[:30]); err != nil {
		p.bad(err.Error())
	}
	p.farEnds()
	p.check(len(seen.get()) == 0, "nothing of it at the message centre", "forwarded")
}

// unreadable is a submit_sm for each field that cannot be read.
func (t *Target) unreadable() []byte {
	var frames []byte
	for i, spoil := range []func(*message){
		func(m *message) { m.dest = "\x01\x01\x00" },
		func(m *message) { m.dest = "\x01\x01" + unended },
		func(m *message) { m.dest = "\x01\x01\x00" + t.To + "\x00" },
		func(m *message) { m.service = "123456\x00" },
		func(m *message) { m.source = "\x05\x00" + unended },
		func(m *message) { m.schedule = unended },
		func(m *message) { m.validity = unended },
		func(m *message) { m.text = "\xff" + unended },
		func(m *message) { m.text = "\x06probe" },
	} {
		m := t.message()
		spoil(&m)
		frames = append(frames, m.frame(uint32(100+i))...)
	}
	return frames
}

// withheld sends what must not be forwarded. The enquire_link behind it goes all the way.
func (p *pair) withheld(octets []byte) {
	seen := p.watch(smpp.IDSubmitSM, nil)
	p.send(octets)
	_, up := p.up()
	n := len(seen.get())
	p.check(n == 0, "nothing of it at the message centre", fmt.Sprintf("%d forwarded", n))
	p.check(up, "link up", "closed")
}

// forwarded sends a request that must come to the message centre as it is.
func (t *Target) forwarded(number, sent, source string, octets smpp.Frame) scenario {
	return t.paired(number, sent, "the same octets at the message centre, link up", source, func(p *pair) {
		seen := p.watch(octets.ID(), nil)
		x := exchange{octets: whole(octets), want: []expectation{answer(octets.ID().Response(), octets.Sequence(), ok)}}
		got := x.over(p.conn)
		p.same(octets, seen.wait(1, p.patience))
		p.add(got)
	})
}

// delivered has the message centre send a request that must come to the ESME as it is.
func (t *Target) delivered(number, sent, source string, octets smpp.Frame) scenario {
	return t.paired(number, sent, "the same octets at the ESME, deliver_sm_resp ESME_ROK", source, func(p *pair) {
		answers := p.watch(octets.ID().Response(), nil)
		var came []smpp.Frame
		p.asked = func(f smpp.Frame) { came = append(came, f) }
		p.far.Send(octets)
		if _, up := p.up(); !up {
			p.bad("closed")
		}
		if len(came) == 0 { // what answered the enquire_link was nearer than the message centre
			p.next()
		}
		p.same(octets, came)
		there := answers.wait(1, p.patience)
		if len(there) != 1 {
			p.bad(fmt.Sprintf("%d answers there", len(there)))
			return
		}
		f := there[0]
		p.check(f.Status() == ok && f.Sequence() == octets.Sequence(), describe(f), describe(f)+" that does not fit")
	})
}

// same notes whether the one frame that came has the body that was sent. Its sequence_number may be another:
// those are a session's own (s.3.2).
func (p *pair) same(sent smpp.Frame, came []smpp.Frame) {
	switch {
	case len(came) != 1:
		p.bad(fmt.Sprintf("%d came of one", len(came)))
	case bytes.Equal(came[0], sent):
		p.good("the same octets")
	case bytes.Equal(came[0].Body(), sent.Body()):
		p.good("the same body under another sequence_number")
	default:
		p.bad(fmt.Sprintf("another body: %d octets of %d", len(came[0].Body()), len(sent.Body())))
	}
}
