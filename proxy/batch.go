package proxy

// batch gathers the frames that go out in one write. As long as frames follow each other in the inbox they
// are one slice of its buffer and nothing is copied; from the first gap or edit on they are copied behind one
// another. It is valid until the inbox is filled again.
type batch struct {
	in         *inbox // that the frames come from
	start, end int    // the run of frames in in.buf
	copied     []byte // empty while the run is enough
	frames     int
}

// reset empties the batch and gives its buffer back.
func (b *batch) reset() {
	b.start, b.end, b.frames = 0, 0, 0
	giveBuffer(b.copied)
	b.copied = nil
}

// bytes is all of it.
func (b *batch) bytes() []byte {
	if len(b.copied) > 0 {
		return b.copied
	}
	return b.in.buf[b.start:b.end]
}

// forward adds the frames that the inbox handed out last, of so many octets in all, as they are.
func (b *batch) forward(frames, octets int) {
	b.frames += frames
	start := b.in.r - octets
	if b.end != start || len(b.copied) > 0 {
		b.forwardApart(start)
		return
	}
	b.end = b.in.r
}

// forwardApart is forward of what does not follow the run.
func (b *batch) forwardApart(start int) {
	frames := b.in.buf[start:b.in.r]
	switch {
	case len(b.copied) > 0:
		b.copied = append(b.copied, frames...)
	case b.start == b.end:
		b.start, b.end = start, b.in.r
	default:
		b.copied = append(b.copy(), frames...)
	}
}

// edit returns the buffer for a frame to be appended to that stands in place of the one read; put takes it
// back.
func (b *batch) edit() []byte {
	if len(b.copied) == 0 {
		return b.copy()
	}
	return b.copied
}

// copy returns the run so far in a buffer to append to.
func (b *batch) copy() []byte { return append(takeBuffer(batchBuffer)[:0], b.in.buf[b.start:b.end]...) }

func (b *batch) put(copied []byte) {
	b.copied = copied
	b.frames++
}
