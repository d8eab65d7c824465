package probe

import (
	"context"
	"errors"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// relayedStates is about what the message centre does to sessions.
func (t *Target) relayedStates() []scenario {
	const upstream, unbind = "s.5.1.3 ESME_RBINDFAIL", "s.4.2"
	outbind := frame(smpp.IDOutbind, 9, "mc\x00\x00")
	return []scenario{
		t.refusedUpstream("C20a", "a bind while the message centre refuses connections", upstream,
			func() func() error {
				t.centre.close()
				return t.centre.open
			}),
		t.timed(t.refusedUpstream("C20b", "a bind that the message centre never answers", upstream,
			t.onBind(smpptest.Action{Fault: smpptest.Silence}))),
		t.refusedUpstream("C20c", "a bind at which the message centre closes", upstream,
			t.onBind(smpptest.Action{Fault: smpptest.CloseUnanswered})),
		t.refusedUpstream("C20d", "a bind that the message centre refuses", upstream,
			t.onBind(smpptest.Action{Status: smpp.ESME_RBINDFAIL})),
		t.paired("C21b", "unbind behind a deliver_sm, from the message centre",
			"deliver_sm, unbind, closed, unbind_resp ESME_ROK and closed at the message centre", unbind, unbound),
		t.paired("C21c", "unbind from the ESME", "unbind and closed at the message centre, unbind_resp ESME_ROK, closed",
			unbind, unbinds),
		t.paired("C23b", "outbind on a bound session, from the message centre", "link up", "s.4.1.7", func(p *pair) {
			p.far.Send(outbind)
			p.add((&exchange{}).over(p.conn))
		}),
	}
}

// refusedUpstream binds while the message centre is so that nobody can; the upset makes it so, and returns what
// ends that.
func (t *Target) refusedUpstream(number, sent, source string, upset func() (mend func() error)) scenario {
	return scenario{
		number: number, sent: sent, asks: "bind_transceiver_resp with an error", source: source,
		needs: bothEnds, alone: true,
		play: func(ctx context.Context) (outcome, error) {
			mend := upset()
			got, err := t.bindRefused(ctx)
			return got, errors.Join(err, mend())
		},
	}
}

// bindRefused binds, and wants any error.
func (t *Target) bindRefused(ctx context.Context) (outcome, error) {
	c, err := t.connect(ctx)
	if err != nil {
		return outcome{}, err
	}
	defer c.Close()
	c.patience = max(t.Patience, t.Timers)
	c.send(t.bindRequest(trx, t.SystemID, t.Password, 0x34))
	var n notes
	if f, err := c.next(); err != nil {
		n.bad(silence(err))
	} else {
		n.check(f.ID() == trx.Response() && f.Status() != ok, describe(f), describe(f))
	}
	return n.outcome(), nil
}

// onBind upsets the message centre at every bind.
func (t *Target) onBind(a smpptest.Action) func() (mend func() error) {
	return func() func() error {
		t.centre.setOnBind(&a)
		return func() error { t.centre.setOnBind(nil); return nil }
	}
}

// unbound has the message centre end the session.
func unbound(p *pair) {
	answers := p.watch(smpp.IDUnbindResp, nil)
	p.asked = func(f smpp.Frame) { p.good(f.ID().String()) }
	p.far.Send(frame(smpp.IDDeliverSM, p.far.NextSequence(), p.t.delivery("x")))
	p.far.Unbind()
	more, ended := p.ends()
	p.bad(more...)
	p.check(ended, "closed", "stays open")
	n := len(p.came)
	p.wrong = p.wrong || n < 2 || p.came[0] != "deliver_sm" || p.came[1] != "unbind"
	p.farEnds()
	p.there(answers, smpp.IDUnbindResp)
}

// unbinds ends the session as the ESME.
func unbinds(p *pair) {
	seen := p.watch(smpp.IDUnbind, nil)
	x := exchange{
		octets: whole(frame(smpp.IDUnbind, 9, "")), want: []expectation{answer(smpp.IDUnbindResp, 9, ok)}, ends: closed,
	}
	p.add(x.over(p.conn))
	p.farEnds()
	p.there(seen, smpp.IDUnbind)
}
