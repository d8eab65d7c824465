package smpptest

import (
	"io"

	"geogate/smpp"
)

const readBuffer = 64 << 10

// FrameReader cuts a byte stream into frames. It is owned by one goroutine.
type FrameReader struct {
	src  io.Reader
	max  int
	buf  []byte
	r, w int // buf[r:w] is read and not yet handed out
}

// NewFrameReader reads from src. max is the longest frame taken, in octets; 0: smpp.DefaultMaxPDU.
func NewFrameReader(src io.Reader, max int) *FrameReader {
	if max == 0 {
		max = smpp.DefaultMaxPDU
	}
	return &FrameReader{src: src, max: max, buf: make([]byte, readBuffer)}
}

// Next returns the next frame, valid until the call after. io.EOF: the stream ended between frames;
// io.ErrUnexpectedEOF: inside one; *smpp.FrameError: it can no longer be cut. A failed read, such as a
// deadline, loses nothing: Next can be called again.
func (fr *FrameReader) Next() (smpp.Frame, error) {
	for {
		n, err := fr.whole()
		if err != nil {
			return nil, err
		}
		if n > 0 {
			f := smpp.Frame(fr.buf[fr.r : fr.r+n : fr.r+n])
			fr.r += n
			return f, nil
		}
		if err := fr.fill(); err != nil {
			if err == io.EOF && fr.r < fr.w {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// Ready reports whether Next would return without reading.
func (fr *FrameReader) Ready() bool {
	n, err := fr.whole()
	return n > 0 || err != nil
}

// whole is the length of the whole frame that is buffered, or 0.
func (fr *FrameReader) whole() (int, error) {
	n, err := smpp.FrameLen(fr.buf[fr.r:fr.w], fr.max)
	if err != nil {
		return 0, err
	}
	if n > fr.w-fr.r {
		return 0, nil
	}
	return n, nil
}

func (fr *FrameReader) fill() error {
	if fr.r == fr.w {
		fr.r, fr.w = 0, 0
	}
	if fr.w == len(fr.buf) {
		if fr.r == 0 {
			fr.buf = append(fr.buf, make([]byte, len(fr.buf))...)
		} else {
			fr.w = copy(fr.buf, fr.buf[fr.r:fr.w])
			fr.r = 0
		}
	}
	n, err := fr.src.Read(fr.buf[fr.w:])
	fr.w += n
	if n > 0 {
		return nil
	}
	return err
}
