package proxy

import "sync"

// buffers are those of batchBuffer octets that nobody uses.
var buffers = sync.Pool{New: func() any { return new([batchBuffer]byte) }}

// takeBuffer returns a buffer of the size.
func takeBuffer(size int) []byte {
	if size != batchBuffer {
		return make([]byte, size)
	}
	return buffers.Get().(*[batchBuffer]byte)[:]
}

// giveBuffer takes a buffer back that is not used any more. Those of another size, and nil, are let go.
func giveBuffer(b []byte) {
	if cap(b) == batchBuffer {
		buffers.Put((*[batchBuffer]byte)(b[:batchBuffer]))
	}
}
