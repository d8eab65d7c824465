// Package probe plays bad and unusual input against an SMPP server or proxy, as an ESME sees it, and holds what
// comes back against SMPP 3.4.
package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// Target is what is probed.
type Target struct {
	Dial     func(ctx context.Context) (net.Conn, error)
	SystemID string
	Password string
	To       string        // a destination that is open: digits of an international number
	Patience time.Duration // for an answer, and for a close
}

// Verdict is what came of a scenario.
type Verdict string

// The verdicts.
const (
	Pass   Verdict = "pass"   // as the standard asks
	Differ Verdict = "differ" // otherwise
	Lost   Verdict = "lost"   // the server takes no binds any more
	Failed Verdict = "failed" // the scenario could not be played
)

// Result is one line of the table.
type Result struct {
	Number  string  `json:"number"`
	Sent    string  `json:"sent"`
	Asks    string  `json:"asks"`
	Source  string  `json:"source"` // section of SMPP 3.4
	Came    string  `json:"came"`
	Verdict Verdict `json:"verdict"`
}

// Run plays the scenarios whose numbers begin with one of only, or all, and reports each. It ends early when the
// server is lost.
func (t *Target) Run(ctx context.Context, only []string, report func(Result)) error {
	chosen := func(s scenario) bool {
		return len(only) == 0 || slices.ContainsFunc(only, func(p string) bool { return strings.HasPrefix(s.number, p) })
	}
	if !slices.ContainsFunc(t.scenarios(), chosen) {
		return fmt.Errorf("no scenario's number begins with %s: they are such as A1, B9c, C17", strings.Join(only, " or "))
	}
	if err := t.alive(ctx); err != nil {
		return fmt.Errorf("no bind as %s before anything was played: %w", t.SystemID, err)
	}
	for _, s := range t.scenarios() {
		if !chosen(s) {
			continue
		}
		r := Result{Number: s.number, Sent: s.sent, Asks: s.asks(), Source: s.source}
		r.Came, r.Verdict = t.play(ctx, &s)
		if err := t.alive(ctx); err != nil {
			r.Came, r.Verdict = r.Came+"; then no bind any more: "+err.Error(), Lost
		}
		report(r)
		if r.Verdict == Lost || ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// alive binds, asks whether the link is up, and unbinds.
func (t *Target) alive(ctx context.Context) error {
	c, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.bind(t, smpp.IDBindTransceiver); err != nil {
		return err
	}
	if _, up := c.up(); !up {
		return errors.New("enquire_link is not answered")
	}
	c.Write(smpp.AppendHeader(nil, smpp.IDUnbind, smpp.ESME_ROK, 2))
	c.next()
	return nil
}

// play plays one scenario on a connection of its own.
func (t *Target) play(ctx context.Context, s *scenario) (came string, v Verdict) {
	c, err := t.connect(ctx)
	if err != nil {
		return err.Error(), Failed
	}
	defer c.Close()
	if s.mode != 0 {
		if err := c.bind(t, s.mode); err != nil {
			return err.Error(), Failed
		}
	}
	for _, piece := range s.octets {
		if _, err := c.Write(piece); err != nil {
			break // closed already: what came before that is still there
		}
	}
	return c.compare(s)
}

// conn is a connection to the target.
type conn struct {
	net.Conn
	frames   *smpptest.FrameReader
	patience time.Duration
}

func (t *Target) connect(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, t.Patience)
	defer cancel()
	c, err := t.Dial(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{c, smpptest.NewFrameReader(c, 0), t.Patience}, nil
}

// bindSequence is the sequence_number of the probe's own binds.
const bindSequence = 0x00B1D000

func (c *conn) bind(t *Target, mode smpp.CommandID) error {
	if _, err := c.Write(t.bindRequest(mode, t.Password, 0x34)); err != nil {
		return err
	}
	f, err := c.next()
	switch {
	case err != nil:
		return fmt.Errorf("no answer to the bind: %w", err)
	case f.ID() != mode.Response() || f.Status() != smpp.ESME_ROK:
		return fmt.Errorf("the bind is answered by %s %s", f.ID(), f.Status())
	}
	return nil
}

// next returns the next answer. Requests of the server are answered on the way.
func (c *conn) next() (smpp.Frame, error) {
	c.SetReadDeadline(time.Now().Add(c.patience))
	for {
		f, err := c.frames.Next()
		if err != nil || f.ID().IsResponse() {
			return slices.Clone(f), err
		}
		c.Write(smpp.Respond(nil, f.Header(), smpp.ESME_ROK))
	}
}

// linkSequence is that of the enquire_link which finds out whether the link is up.
const linkSequence = 0x00C0FFEE

// up reports whether a later PDU is answered, and the answers that come before that one: one too many each.
func (c *conn) up() (more []string, up bool) {
	if _, err := c.Write(smpp.AppendHeader(nil, smpp.IDEnquireLink, smpp.ESME_ROK, linkSequence)); err != nil {
		return nil, false
	}
	for {
		f, err := c.next()
		if err != nil {
			return more, false
		}
		if f.Sequence() == linkSequence {
			return more, true
		}
		more = append(more, describe(f)+" that nothing asked for")
	}
}

// compare reads what comes of a scenario.
func (c *conn) compare(s *scenario) (came string, v Verdict) {
	var got []string
	left := slices.Clone(s.want)
	right, closed := true, false
	for len(left) > 0 {
		f, err := c.next()
		if err != nil {
			closed = !errors.Is(err, os.ErrDeadlineExceeded)
			if !closed {
				got = append(got, "nothing more for "+c.patience.String())
			}
			break
		}
		i := slices.IndexFunc(left, func(e expectation) bool { return e.fits(f) })
		got = append(got, describe(f)+choose(i < 0 && left[0].sequence != f.Sequence(), " to another sequence_number", ""))
		if i < 0 {
			right = false
			left = left[:len(left)-1] // it came in the place of one
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	right = right && len(left) == 0
	switch {
	case s.closes:
		ended := closed || c.ends()
		got, right = append(got, choose(ended, "closed", "stays open")), right && ended
	case closed:
		got, right = append(got, "closed"), false
	default:
		more, up := c.up()
		got = append(append(got, more...), choose(up, "link up", "closed"))
		right = right && up && len(more) == 0
	}
	return list(got), Verdict(choose(right, string(Pass), string(Differ)))
}

// ends reports whether the server closes the connection; what it says before that does not count.
func (c *conn) ends() bool {
	c.SetReadDeadline(time.Now().Add(c.patience))
	_, err := io.Copy(io.Discard, c.Conn)
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

func describe(f smpp.Frame) string {
	return fmt.Sprintf("%s %s", f.ID(), f.Status())
}

func choose(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
