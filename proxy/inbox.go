package proxy

import (
	"encoding/binary"
	"net"

	"geogate/smpp"
)

// Sizes of an inbox's buffer, in octets. A session starts with the small one, since most of many are idle; a
// busy one grows to the batch, and back once it was quiet for a while. Only a longer frame makes it longer.
const (
	smallBuffer = 4 << 10
	batchBuffer = 64 << 10
	quietReads  = 64 // reads in a row that would have fitted the small buffer
)

// inbox cuts what one peer sends into frames. It belongs to the goroutine that reads that peer.
type inbox struct {
	conn net.Conn
	max  int // longest frame, in octets

	buf   []byte
	r, w  int // buf[r:w] was read and not handed out
	quiet int
}

func newInbox(conn net.Conn, max int) inbox {
	return inbox{conn: conn, max: max, buf: make([]byte, smallBuffer)}
}

// next returns the next whole frame that is there; nil: there is none. It stays valid until fill. The error
// is a *smpp.FrameError: nothing behind it can be cut.
func (in *inbox) next() (smpp.Frame, error) {
	n, err := smpp.FrameLen(in.buf[in.r:in.w], in.max)
	if n == 0 {
		return nil, err
	}
	f := smpp.Frame(in.buf[in.r : in.r+n : in.r+n])
	in.r += n
	return f, nil
}

// partial reports whether the beginning of a frame is left.
func (in *inbox) partial() bool { return in.r < in.w }

// fill reads once, what is there. Call it when next has returned nil.
func (in *inbox) fill() error {
	in.makeRoom()
	n, err := in.conn.Read(in.buf[in.w:])
	in.w += n
	if n > 0 {
		return nil // an error that came with octets comes again without them
	}
	return err
}

// makeRoom moves the rest of the last read to the front and gives the buffer the size that it needs.
func (in *inbox) makeRoom() {
	size := len(in.buf)
	full, rest := in.w == size, in.buf[in.r:in.w]
	if in.w > smallBuffer/2 {
		in.quiet = 0
	} else {
		in.quiet++
	}
	switch {
	case full && size < batchBuffer:
		size *= 2
	case in.quiet > quietReads:
		size = smallBuffer
	}
	if size = max(size, in.need(rest)); size != len(in.buf) {
		in.buf, in.quiet = make([]byte, size), 0
	}
	in.r, in.w = 0, copy(in.buf, rest)
}

// need is the room for the frame that rest begins. next has held its command_length against the limit.
func (in *inbox) need(rest []byte) int {
	if len(rest) < 4 {
		return len(rest) + smpp.HeaderLen
	}
	return int(binary.BigEndian.Uint32(rest))
}
