package probe

import (
	"context"
	"fmt"

	"geogate/smpp"
)

// storm is how many enquire_link come at once.
const storm = 2000

// traffic is about many PDUs at once.
func (t *Target) traffic() []scenario {
	list := []scenario{
		t.timed(scenario{
			number: "D24", sent: "enquire_link without end, and nothing read",
			asks: "held back, then closed, other sessions are served", source: "s.2.2", play: t.unread,
		}),
		t.simple("D29a", "20 submit_sm, and as many that are to be refused between them", "s.5.2.9", t.mixture()),
		{
			number: "D30a", sent: fmt.Sprintf("%d submit_sm that are to be refused", t.Heavy),
			asks: fmt.Sprintf("%d submit_sm_resp ESME_RINVDSTADR, link up", t.Heavy), source: "s.5.2.9", play: t.refusals,
		},
		{
			number: "D32a", sent: fmt.Sprintf("%d binds at once, that stay", t.crowd()),
			asks: fmt.Sprintf("%d bound, all answer enquire_link", t.crowd()), source: "s.4.1",
			play: func(ctx context.Context) (outcome, error) { return t.binding(ctx, 1) },
		},
		{
			number: "D32b", sent: fmt.Sprintf("%d binds that all drop, and come again at once", t.crowd()),
			asks: fmt.Sprintf("%d bound, all answer enquire_link", t.crowd()), source: "s.4.1",
			play: func(ctx context.Context) (outcome, error) { return t.binding(ctx, 2) },
		},
		t.simple("D33a", fmt.Sprintf("%d enquire_link at once", storm), "s.4.11", links(storm)),
	}
	for i := range list {
		list[i].alone = true
	}
	return list
}

// links is an enquire_link behind the other.
func links(many uint32) exchange {
	x := exchange{mode: trx}
	var octets []byte
	for sequence := range many {
		octets = append(octets, frame(smpp.IDEnquireLink, 10000+sequence, "")...)
		x.want = append(x.want, answer(smpp.IDEnquireLinkResp, 10000+sequence, ok))
	}
	x.octets = whole(octets)
	return x
}

// mixture is submit_sm of which every second has no destination.
func (t *Target) mixture() exchange {
	x := exchange{mode: trx}
	var octets []byte
	for sequence := range uint32(20) {
		octets = append(append(octets, t.submit(100+sequence)...), t.homeless(200+sequence)...)
		x.want = append(x.want, taken(100+sequence), answer(smpp.IDSubmitSMResp, 200+sequence, smpp.ESME_RINVDSTADR))
	}
	x.octets = whole(octets)
	return x
}

// homeless is a submit_sm without a destination.
func (t *Target) homeless(sequence uint32) []byte {
	m := t.message()
	m.dest = "\x01\x01\x00"
	return m.frame(sequence)
}

// refusals sends a burst on a session of its own.
func (t *Target) refusals(ctx context.Context) (outcome, error) {
	c, err := t.bound(ctx, trx)
	if err != nil {
		return outcome{}, err
	}
	defer c.Close()
	var n notes
	c.burst(t, &n)
	(&exchange{}).end(c, &n)
	return n.outcome(), nil
}

// pieceLen is about how long each write of a burst is: requests of the server are answered in between.
const pieceLen = 4 << 10

// burst sends what is to be refused, all at once, and notes whether each is answered once.
func (c *conn) burst(t *Target, n *notes) {
	var piece []byte
	for sequence := range uint32(t.Heavy) {
		if piece = append(piece, t.homeless(sequence)...); len(piece) > pieceLen {
			c.send(piece)
			piece = nil
		}
	}
	c.send(piece)
	answered := make([]bool, t.Heavy)
	for range t.Heavy {
		f, err := c.next()
		if err != nil {
			n.bad(choose(quiet(err) && len(n.came) > 0, "then ", "") + silence(err))
			return
		}
		sequence := f.Sequence()
		first := sequence < uint32(t.Heavy) && !answered[sequence]
		if first {
			answered[sequence] = true
		}
		right := first && f.ID() == smpp.IDSubmitSMResp && f.Status() == smpp.ESME_RINVDSTADR
		n.check(right, describe(f), describe(f)+choose(first, "", " that nothing asked for"))
	}
}
