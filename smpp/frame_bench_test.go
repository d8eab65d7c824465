package smpp

import "testing"

// walked is a read's worth of usual messages, cut off within the last one.
func walked() []byte {
	f := sampleSubmitSM().Append(nil, Header{Sequence: 42})
	var buf []byte
	for len(buf) < 32<<10 {
		buf = append(buf, f...)
	}
	return buf[:32<<10]
}

// walk cuts a buffer into frames, as a session does.
func walk(buf []byte) (frames int) {
	for {
		n, err := FrameLen(buf, DefaultMaxPDU)
		if n == 0 || err != nil {
			return frames
		}
		buf = buf[n:]
		frames++
	}
}

func TestFrameWalkAlloc(t *testing.T) {
	buf := walked()
	frames := walk(buf)
	if length := len(sampleSubmitSM().Append(nil, Header{})); frames != len(buf)/length {
		t.Errorf("%d frames of %d octets in %d", frames, length, len(buf))
	}
	if n := testing.AllocsPerRun(100, func() { walk(buf) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkFrameWalk is the cost of finding one frame in a buffer of many.
func BenchmarkFrameWalk(b *testing.B) {
	buf := walked()
	frames := walk(buf)
	b.ReportAllocs()
	for b.Loop() {
		walk(buf)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(frames), "ns/frame")
}
