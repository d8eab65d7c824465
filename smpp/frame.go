package smpp

import (
	"encoding/binary"
	"fmt"
	"io"
)

// DefaultMaxPDU is the limit on command_length that is used where none is configured: 64 KiB of
// message_payload, the longest that a TLV can hold, and 1 KiB for the header, the mandatory fields and other
// TLVs around it.
const DefaultMaxPDU = 65 << 10

// lengthLen is the size of command_length itself, all that is needed to judge it.
const lengthLen = 4

// Frame is one whole PDU, header included, whose command_length is its own length. It aliases the buffer that
// it was read into and lives as long as that buffer's content.
type Frame []byte

// Header returns the header.
func (f Frame) Header() Header { return ParseHeader(f) }

// ID returns command_id.
func (f Frame) ID() CommandID { return CommandID(binary.BigEndian.Uint32(f[4:8])) }

// Status returns command_status.
func (f Frame) Status() Status { return Status(binary.BigEndian.Uint32(f[8:12])) }

// Sequence returns sequence_number.
func (f Frame) Sequence() uint32 { return binary.BigEndian.Uint32(f[12:16]) }

// Body returns what follows the header.
func (f Frame) Body() []byte { return f[HeaderLen:] }

// FrameError says that command_length is impossible. Framing is lost with it: the answer is a generic_nack
// with ESME_RINVCMDLEN (SMPP 3.4 s.4.3), then the connection is closed.
type FrameError struct {
	Length uint32 // command_length as received
	Max    int    // the limit that was applied
}

// Error describes the fault.
func (e *FrameError) Error() string {
	if e.Length < HeaderLen {
		return fmt.Sprintf("command_length %d is shorter than the header (%d)", e.Length, HeaderLen)
	}
	return fmt.Sprintf("command_length %d is over the limit of %d", e.Length, e.Max)
}

// FrameLen returns the length of the whole frame at the start of b; 0 when b does not hold all of it yet. The
// error is a *FrameError, known from the first four octets on: a length under HeaderLen, or over max, is
// refused before a body is waited for or paid for.
func FrameLen(b []byte, max int) (int, error) {
	if len(b) < lengthLen {
		return 0, nil
	}
	length := binary.BigEndian.Uint32(b)
	if length < HeaderLen || uint64(length) > uint64(max) {
		return 0, &FrameError{Length: length, Max: max}
	}
	if uint64(len(b)) < uint64(length) {
		return 0, nil
	}
	return int(length), nil
}

// ReadFrame reads one frame from r into buf, which grows when it is too small, and returns the frame. It
// never reads past the frame. Errors: io.EOF between two frames, io.ErrUnexpectedEOF inside one, *FrameError,
// or r's own.
func ReadFrame(r io.Reader, buf []byte, max int) (Frame, error) {
	if cap(buf) < HeaderLen {
		buf = make([]byte, HeaderLen, 512)
	}
	buf = buf[:lengthLen]
	if _, err := io.ReadFull(r, buf); err != nil {
		return nil, err
	}
	if _, err := FrameLen(buf, max); err != nil {
		return nil, err
	}
	length := int(binary.BigEndian.Uint32(buf))
	if cap(buf) < length {
		buf = append(make([]byte, 0, length), buf...)
	}
	buf = buf[:length]
	if _, err := io.ReadFull(r, buf[lengthLen:]); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return buf, nil
}
