package probe

import (
	"context"

	"geogate/smpp"
)

// states is about what is sent when.
func (t *Target) states() []scenario {
	const refused = smpp.ESME_RINVBNDSTS
	bind := t.bindRequest(trx, t.SystemID, t.Password, 0x34)
	bound := answer(trx.Response(), bindSequence, ok)
	deliver := frame(smpp.IDDeliverSM, 9, t.delivery("x"))
	return []scenario{
		t.simple("C15a", "submit_sm before the bind", "s.2.3", exchange{
			octets: [][]byte{t.submit(9), bind},
			want:   []expectation{answer(smpp.IDSubmitSMResp, 9, refused), bound},
		}),
		t.simple("C15b", "enquire_link before the bind", "s.2.3", exchange{
			octets: [][]byte{frame(smpp.IDEnquireLink, 9, ""), bind},
			want:   []expectation{answer(smpp.IDEnquireLinkResp, 9, refused, ok), bound},
		}),
		t.simple("C16a", "submit_sm from a receiver", "s.2.3",
			exchange{mode: rx, octets: whole(t.submit(9)), want: []expectation{answer(smpp.IDSubmitSMResp, 9, refused)}}),
		t.simple("C16b", "deliver_sm from an ESME", "s.2.3",
			exchange{mode: trx, octets: whole(deliver), want: []expectation{answer(smpp.IDDeliverSMResp, 9, refused)}}),
		t.simple("C17", "a second bind", "s.5.1.3 ESME_RALYBND", exchange{
			mode: trx, octets: whole(bind),
			want: []expectation{answer(trx.Response(), bindSequence, smpp.ESME_RALYBND)},
		}),
		t.simple("C21a", "unbind behind a submit_sm", "s.4.2", exchange{
			mode: trx, octets: whole(t.submit(8), frame(smpp.IDUnbind, 9, "")),
			want: []expectation{taken(8), answer(smpp.IDUnbindResp, 9, ok)}, ends: closed,
		}),
		t.timed(t.simple("C22a", "nothing: a connection without a bind", "s.7.2 session_init_timer",
			exchange{ends: closed, waits: t.Timers})),
		t.timed(scenario{
			number: "C22b", sent: "nothing: a bound session", asks: "unbind, closed", source: "s.7.2 inactivity_timer",
			play: t.idle,
		}),
		t.simple("C23a", "outbind towards the server", "s.4.1.7", exchange{
			mode: trx, octets: whole(frame(smpp.IDOutbind, 9, "mc\x00\x00")),
			want: []expectation{answer(smpp.IDGenericNack, 9, refused, smpp.ESME_RINVCMDID)},
		}),
	}
}

// timed waits for timers of the server's own.
func (t *Target) timed(s scenario) scenario {
	s.needs |= timers
	return s
}

// delivery is the body of a deliver_sm.
func (t *Target) delivery(text string) string {
	const address, flags = "\x01\x01", "\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	return "\x00" + address + t.To + "\x00" + address + t.To + "\x00" + flags + string(rune(len(text))) + text
}

// idle leaves a bound session alone.
func (t *Target) idle(ctx context.Context) (outcome, error) {
	c, err := t.bound(ctx, trx)
	if err != nil {
		return outcome{}, err
	}
	defer c.Close()
	var n notes
	unbound := false
	c.patience = t.Timers
	c.asked = func(f smpp.Frame) {
		if f.ID() == smpp.IDUnbind {
			unbound = true
			n.good("unbind")
		}
	}
	more, ended := c.ends()
	n.bad(more...)
	n.check(ended, "closed", "stays open")
	n.wrong = n.wrong || !unbound
	return n.outcome(), nil
}
