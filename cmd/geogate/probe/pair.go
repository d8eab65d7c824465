package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// pair is a session through the proxy, both of its ends in our hands.
type pair struct {
	*conn
	notes
	t   *Target
	far *smpptest.MCSession
}

// paired is a scenario that has both ends of a session.
func (t *Target) paired(number, sent, asks, source string, play func(*pair)) scenario {
	return scenario{
		number: number, sent: sent, asks: asks, source: source, needs: bothEnds,
		play: func(ctx context.Context) (outcome, error) {
			p, err := t.pair(ctx)
			if err != nil {
				return outcome{}, err
			}
			defer p.Close()
			play(p)
			return p.outcome(), nil
		},
	}
}

// through is an exchange during which the message centre acts so.
func (t *Target) through(number, sent, source string, x exchange, act func(smpp.Frame) smpptest.Action) scenario {
	return t.paired(number, sent, x.asks(), source, func(p *pair) {
		p.t.centre.set(p.far, far{act: act})
		p.add(x.over(p.conn))
	})
}

// always is a message centre that does the same whatever comes.
func always(a smpptest.Action) func(smpp.Frame) smpptest.Action {
	return func(smpp.Frame) smpptest.Action { return a }
}

// pair binds, and finds out which session that is at the message centre by a message.
func (t *Target) pair(ctx context.Context) (*pair, error) {
	c, err := t.bound(ctx, trx)
	if err != nil {
		return nil, err
	}
	p := &pair{conn: c, t: t}
	text, found := t.centre.expect()
	m := t.message()
	m.text = string(rune(len(text))) + text
	c.send(m.frame(1))
	if f, err := c.next(); err != nil || f.Status() != ok {
		c.Close()
		return nil, errors.New("the message that shows which session it is at the message centre is not accepted")
	}
	select {
	case p.far = <-found:
		return p, nil
	case <-time.After(t.Patience):
		c.Close()
		return nil, fmt.Errorf("the message %q has not come to the message centre", text)
	}
}

// Close ends both sides.
func (p *pair) Close() error {
	p.far.Close()
	p.t.centre.forget(p.far)
	return p.conn.Close()
}

// add notes what came of an exchange.
func (p *pair) add(o outcome) {
	p.came = append(p.came, o.came)
	p.wrong = p.wrong || !o.right
}

// watch counts the frames of one kind at the message centre, which acts so.
func (p *pair) watch(id smpp.CommandID, act func(smpp.Frame) smpptest.Action) *tally {
	seen := newTally()
	p.t.centre.set(p.far, far{act: act, saw: func(f smpp.Frame) {
		if f.ID() == id {
			seen.add(f)
		}
	}})
	return seen
}

// there notes whether one frame of a kind has come to the message centre.
func (p *pair) there(seen *tally, id smpp.CommandID) {
	n := len(seen.get())
	p.check(n == 1, id.String()+" there", fmt.Sprintf("%d %s there", n, id))
}

// farEnds notes whether the message centre's session ends too.
func (p *pair) farEnds() {
	select {
	case <-p.far.Done():
		p.good("closed at the message centre")
	case <-time.After(p.patience):
		p.bad("stays open at the message centre")
	}
}
