package proxy

import "sync"

// buffers are those of batchBuffer octets that nobody uses, and bindBuffers those of bindBuffer octets.
var (
	buffers     = sync.Pool{New: func() any { return new([batchBuffer]byte) }}
	bindBuffers = sync.Pool{New: func() any { return new([bindBuffer]byte) }}
)

// takeBuffer returns a buffer of the size.
func takeBuffer(size int) []byte {
	switch size {
	case batchBuffer:
		return buffers.Get().(*[batchBuffer]byte)[:]
	case bindBuffer:
		return bindBuffers.Get().(*[bindBuffer]byte)[:]
	}
	return make([]byte, size)
}

// giveBuffer takes a buffer back that is not used any more. Those of another size, and nil, are let go.
func giveBuffer(b []byte) {
	switch cap(b) {
	case batchBuffer:
		buffers.Put((*[batchBuffer]byte)(b[:batchBuffer]))
	case bindBuffer:
		bindBuffers.Put((*[bindBuffer]byte)(b[:bindBuffer]))
	}
}
