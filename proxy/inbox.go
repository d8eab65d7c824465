package proxy

import (
	"encoding/binary"
	"net"
	"syscall"

	"geogate/smpp"
)

// inbox cuts what one peer sends into frames. It belongs to the goroutine that reads that peer.
//
// On plain TCP, and over TLS in an event loop, it has a buffer only from when octets have come until the frames in
// them were handed out and nothing more is there: most of many sessions are idle, and those that are not share a few
// buffers, which stay in the caches. Otherwise it has one of its own.
type inbox struct {
	conn  net.Conn
	max   int // longest frame, in octets
	usual int // length of the buffer unless a longer frame is under way

	raw syscall.RawConn       // of conn; nil: it is no plain TCP connection
	try func(fd uintptr) bool // tryRead; kept, since a method value costs an allocation
	err error                 // of the last try

	buf  []byte // nil: none is borrowed
	r, w int    // buf[r:w] was read and not handed out
	rest []byte // that while no buffer is borrowed: the beginning of a frame
}

const (
	// bindBuffer is how much is read at once, in octets, until the session is bound: thousands may be binding.
	bindBuffer = 1 << 10
	// batchBuffer is how much behind the bind.
	batchBuffer = 64 << 10
	// ownBuffer is how much where the buffer stays: a TLS record.
	ownBuffer = 16 << 10
	// keepRest is the longest beginning of a frame that an inbox keeps room for.
	keepRest = 1 << 10
)

func newInbox(conn net.Conn, max int) *inbox {
	in := &inbox{conn: conn, max: max, usual: bindBuffer}
	in.useTCP(conn)
	return in
}

// bound makes room for messages.
func (in *inbox) bound() {
	if in.usual = ownBuffer; in.plain() {
		in.usual = batchBuffer
	}
}

// next returns the next whole frame that is there; empty: there is none. It stays valid until fill. The error
// is a *smpp.FrameError: nothing behind it can be cut.
func (in *inbox) next() (f smpp.Frame, err error) {
	f = in.ahead()
	n, err := smpp.FrameLen(f, in.max)
	in.skip(n)
	return f[:n:n], err
}

// ahead is what was read and not handed out.
func (in *inbox) ahead() []byte { return in.buf[in.r:in.w] }

// skip hands out whole frames of what is ahead, so many octets in all.
func (in *inbox) skip(octets int) { in.r += octets }

// run takes the whole frames of one command that come next, octets in all, and appends their sequence numbers to the list.
func (in *inbox) run(id smpp.CommandID, list []uint32) (octets int, sequences []uint32) {
	octets, list = smpp.Run(in.ahead(), id, in.max, list)
	in.skip(octets)
	return octets, list
}

// partial reports whether the beginning of a frame is left.
func (in *inbox) partial() bool { return in.r < in.w || len(in.rest) > 0 }

// full reports whether the last read took all that there was room for: more may be there.
func (in *inbox) full() bool { return in.buf != nil && in.w == len(in.buf) }

// fill reads once, what is there. Call it when next has returned nil.
func (in *inbox) fill() error {
	if in.plain() {
		return in.fillTCP()
	}
	in.makeRoom(in.usual)
	n, err := in.conn.Read(in.buf[in.w:])
	in.w += n
	if n > 0 {
		return nil // an error that came with octets comes again without them
	}
	return err
}

// makeRoom moves the rest of the last read to the front of a buffer of the usual length, or one that is long enough
// for the frame that it begins.
func (in *inbox) makeRoom(usual int) {
	rest := in.buf[in.r:in.w]
	if in.buf == nil {
		rest = in.rest
	}
	if size := max(usual, in.need(rest)); size == len(in.buf) {
		in.w = copy(in.buf, rest)
	} else {
		buf := takeBuffer(size)
		in.w = copy(buf, rest)
		giveBuffer(in.buf)
		in.buf = buf
	}
	in.r, in.rest = 0, in.rest[:0]
}

// need is the room for the frame that rest begins. next has held its command_length against the limit.
func (in *inbox) need(rest []byte) int {
	if len(rest) < 4 {
		return len(rest) + smpp.HeaderLen
	}
	return int(binary.BigEndian.Uint32(rest))
}

// putAside gives the buffer back and keeps the rest.
func (in *inbox) putAside() {
	if in.buf == nil {
		return
	}
	if cap(in.rest) > keepRest {
		in.rest = nil
	}
	in.rest = append(in.rest[:0], in.buf[in.r:in.w]...)
	giveBuffer(in.buf)
	in.buf, in.r, in.w = nil, 0, 0
}

// preload makes b what was read first.
func (in *inbox) preload(b []byte) {
	if len(b) == 0 {
		return
	}
	buf := takeBuffer(max(in.usual, len(b)))
	giveBuffer(in.buf)
	in.buf, in.r, in.w = buf, 0, copy(buf, b)
}
