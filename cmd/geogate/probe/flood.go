package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"time"

	"geogate/smpp"
)

// unread sends without end and reads nothing.
func (t *Target) unread(ctx context.Context) (outcome, error) {
	c, err := t.bound(ctx, trx)
	if err != nil {
		return outcome{}, err
	}
	defer c.Close()
	shrink(c.Conn)
	var n notes
	c.flood(t, &n, frame(smpp.IDEnquireLink, 9, ""))
	return n.outcome(), nil
}

// shrink leaves little room for what is not read, so that it is soon full.
func shrink(c net.Conn) {
	if wrapped, ok := c.(*tls.Conn); ok {
		c = wrapped.NetConn()
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetReadBuffer(pieceLen)
	}
}

// floodMax is far more than all the sockets on the way hold: a server that takes so much keeps it in memory.
const floodMax = 512 << 20

// flood sends octets over and over without reading, until the server closes, and notes whether it held the
// flood back before and served another session meanwhile.
func (c *conn) flood(t *Target, n *notes, octets []byte) {
	beside, err := t.bound(context.Background(), trx)
	if err != nil {
		n.bad(err.Error())
		return
	}
	defer beside.Close()
	c.pour(t, n, bytes.Repeat(octets, 1+1<<16/len(octets)), beside.serves())
}

// pour writes until an error. Nothing else writes to the connection.
func (c *conn) pour(t *Target, n *notes, octets []byte, served func() bool) {
	begin, sent := time.Now(), 0
	c.SetWriteDeadline(begin.Add(2 * t.Timers)) // until it is full, and until its timer ends it
	for sent < floodMax {
		wrote, err := c.Conn.Write(octets)
		sent += wrote
		if err != nil {
			n.check(!quiet(err), "held back, then closed", "held back, stays open")
			n.check(served(), "other sessions are served", "other sessions are not served")
			return
		}
	}
	n.bad("takes 512 MiB of it")
	served()
}

// serves asks over and over whether the link is up, until the function that it returns is called; that tells
// whether it was up all the time.
func (c *conn) serves() (served func() bool) {
	stop, result := make(chan struct{}), make(chan bool)
	go func() {
		up := true
		for up {
			_, up = c.up()
			select {
			case <-stop:
				result <- up
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
		<-stop
		result <- false
	}()
	return func() bool { close(stop); return <-result }
}
