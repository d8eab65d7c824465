package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// conn is a connection to the target. One goroutine reads from it; what is sent is queued and written by
// another, so that reading never waits for writing.
type conn struct {
	net.Conn
	frames   *smpptest.FrameReader
	patience time.Duration
	out      *queue
	asked    func(smpp.Frame) // sees the server's requests; nil: nobody
}

func (t *Target) connect(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, t.Patience)
	defer cancel()
	c, err := t.Dial(ctx)
	if err != nil {
		return nil, err
	}
	frames := smpptest.NewFrameReader(c, 0)
	return &conn{Conn: c, frames: frames, patience: t.Patience, out: newQueue(c, t.Patience)}, nil
}

// bound connects, and binds unless mode is 0.
func (t *Target) bound(ctx context.Context, mode smpp.CommandID) (*conn, error) {
	c, err := t.connect(ctx)
	if err != nil || mode == 0 {
		return c, err
	}
	if err := c.bind(t, mode); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connection and everything that works for it.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.out.stop()
	return err
}

// send queues octets, each piece a write of its own. A connection that takes none is found out by reading.
func (c *conn) send(pieces ...[]byte) { c.out.add(pieces...) }

// bindSequence is the sequence_number of the probe's own binds.
const bindSequence = 0x00B1D000

func (c *conn) bind(t *Target, mode smpp.CommandID) error {
	c.send(t.bindRequest(mode, t.SystemID, t.Password, 0x34))
	f, err := c.next()
	switch {
	case quiet(err):
		return errors.New("no answer to the bind")
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
		if c.asked != nil {
			c.asked(slices.Clone(f))
		}
		if answer := esmeAnswer(f); answer != nil {
			c.out.addFirst(answer)
		}
	}
}

// esmeAnswer is what a well-behaved ESME answers a request with; nil: it has no answer.
func esmeAnswer(f smpp.Frame) []byte {
	switch f.ID() {
	case smpp.IDDeliverSM, smpp.IDDataSM:
		return frame(f.ID().Response(), f.Sequence(), "\x00") // message_id, unused: s.4.6.2
	case smpp.IDOutbind, smpp.IDAlertNotification:
		return nil
	}
	return smpp.Respond(nil, f.Header(), smpp.ESME_ROK)
}

// linkSequence is that of the enquire_link which finds out whether the link is up.
const linkSequence = 0x00C0FFEE

// up reports whether a later PDU is answered, and the answers that come before that one: one too many each.
func (c *conn) up() (more []string, up bool) {
	c.send(smpp.AppendHeader(nil, smpp.IDEnquireLink, smpp.ESME_ROK, linkSequence))
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

// ends reports whether the server closes the connection, and the answers that come before: one too many each.
func (c *conn) ends() (more []string, ended bool) {
	for {
		f, err := c.next()
		if err != nil {
			return more, !quiet(err)
		}
		more = append(more, describe(f)+" that nothing asked for")
	}
}

// quiet reports whether nothing came, while the connection stands.
func quiet(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// silence is what came when nothing did, in words.
func silence(err error) string { return choose(quiet(err), "silence", "closed") }

func describe(f smpp.Frame) string { return fmt.Sprintf("%s %s", f.ID(), f.Status()) }

// endSending writes octets and says that nothing will follow them.
func (c *conn) endSending(octets []byte) error {
	half, can := c.Conn.(interface{ CloseWrite() error }) // TCP and TLS
	if !can {
		return errors.New("this connection cannot be closed on one side")
	}
	c.SetWriteDeadline(time.Now().Add(c.patience))
	if _, err := c.Conn.Write(octets); err != nil {
		return err
	}
	return half.CloseWrite()
}
