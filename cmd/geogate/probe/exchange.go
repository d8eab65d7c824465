package probe

import (
	"context"
	"slices"
	"strings"
	"time"

	"geogate/smpp"
)

// ending is how a session stands behind an exchange.
type ending uint8

const (
	linkUp ending = iota // later PDUs are answered
	closed               // the server closes it
	either               // one or the other
)

// exchange is octets that go out on a session of their own, and the answers to them.
type exchange struct {
	mode   smpp.CommandID // to bind with; 0: not at all
	octets [][]byte
	want   []expectation // the answers, in any order
	ends   ending
	waits  time.Duration // for an answer and for the close; 0: the target's patience
}

// expectation is one answer.
type expectation struct {
	id       smpp.CommandID
	statuses []smpp.Status // one of them
	sequence uint32
	anySeq   bool
}

func (e expectation) fits(f smpp.Frame) bool {
	return f.ID() == e.id && slices.Contains(e.statuses, f.Status()) && (e.anySeq || f.Sequence() == e.sequence)
}

// answer expects an answer with one of the statuses.
func answer(id smpp.CommandID, sequence uint32, statuses ...smpp.Status) expectation {
	return expectation{id: id, sequence: sequence, statuses: statuses}
}

// lost expects the generic_nack that says that framing is lost: to which sequence_number nobody can know.
var lost = expectation{id: smpp.IDGenericNack, statuses: []smpp.Status{smpp.ESME_RINVCMDLEN}, anySeq: true}

// asks is what must come of it, in words.
func (x *exchange) asks() string {
	var parts []string
	for _, e := range x.want {
		names := make([]string, len(e.statuses))
		for i, st := range e.statuses {
			names[i] = st.String()
		}
		parts = append(parts, e.id.String()+" "+strings.Join(names, " or "))
	}
	if x.ends == either {
		return list(parts)
	}
	return list(append(parts, choose(x.ends == closed, "closed", "link up")))
}

// play plays it on a connection of its own.
func (x *exchange) play(ctx context.Context, t *Target) (outcome, error) {
	c, err := t.bound(ctx, x.mode)
	if err != nil {
		return outcome{}, err
	}
	defer c.Close()
	return x.over(c), nil
}

// over plays it on a session that stands.
func (x *exchange) over(c *conn) outcome {
	if x.waits != 0 {
		c.patience = x.waits
	}
	c.send(x.octets...)
	return x.compare(c)
}

// compare reads what comes.
func (x *exchange) compare(c *conn) outcome {
	var n notes
	left := slices.Clone(x.want)
	for len(left) > 0 {
		f, err := c.next()
		if err != nil {
			n.bad(choose(len(n.came) > 0 && quiet(err), "then ", "") + silence(err))
			if quiet(err) {
				break
			}
			return n.outcome()
		}
		i := slices.IndexFunc(left, func(e expectation) bool { return e.fits(f) })
		if i < 0 {
			n.bad(describe(f) + choose(left[0].sequence != f.Sequence(), " to another sequence_number", ""))
			left = left[:len(left)-1] // it came in the place of one
			continue
		}
		n.good(describe(f))
		copy(left[1:], left[:i]) // most come in order: i is small, and the rest may be long
		left = left[1:]
	}
	x.end(c, &n)
	return n.outcome()
}

// end looks at how the session stands behind the answers.
func (x *exchange) end(c *conn, n *notes) {
	if x.ends == closed {
		more, ended := c.ends()
		n.bad(more...)
		n.check(ended, "closed", "stays open")
		return
	}
	more, up := c.up()
	n.bad(more...)
	n.check(up || x.ends == either, choose(up, "link up", "closed"), "closed")
}
