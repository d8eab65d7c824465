package proxy

import "geogate/smpp"

// batch gathers the frames that go out in one write. As long as frames follow each other in the inbox they
// are one slice of its buffer and nothing is copied; from the first gap or edit on they are copied behind one
// another. It is valid until the inbox is filled again.
type batch struct {
	in         *inbox
	start, end int    // the run of frames in in.buf
	copied     []byte // empty while the run is enough
	frames     int
}

// reset empties the batch. A buffer that one long batch has grown past the usual size is let go.
func (b *batch) reset() {
	b.start, b.end, b.frames = 0, 0, 0
	if b.copied = b.copied[:0]; cap(b.copied) > 2*batchBuffer {
		b.copied = nil
	}
}

// bytes is all of it.
func (b *batch) bytes() []byte {
	if len(b.copied) > 0 {
		return b.copied
	}
	return b.in.buf[b.start:b.end]
}

// forward adds the frame that the inbox handed out last, as it is.
func (b *batch) forward(f smpp.Frame) {
	b.frames++
	start := b.in.r - len(f)
	switch {
	case len(b.copied) > 0:
		b.copied = append(b.copied, f...)
	case b.start == b.end:
		b.start, b.end = start, b.in.r
	case b.end == start:
		b.end = b.in.r
	default:
		b.copied = append(append(b.copied, b.in.buf[b.start:b.end]...), f...)
	}
}

// edit returns the buffer for a frame to be appended to that stands in place of the one read; put takes it
// back.
func (b *batch) edit() []byte {
	if len(b.copied) == 0 {
		b.copied = append(b.copied, b.in.buf[b.start:b.end]...)
	}
	return b.copied
}

func (b *batch) put(copied []byte) {
	b.copied = copied
	b.frames++
}
