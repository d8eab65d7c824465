package record

import (
	"testing"
)

// TestHandOverAllocates holds that handing an event over allocates nothing, whether there is room or not.
func TestHandOverAllocates(t *testing.T) {
	e := judged(t, ruledNumber, 1)
	for _, size := range []int{1 << 11, 1} {
		r := &Recorder{ring: newRing(size)} // nobody takes
		if n := testing.AllocsPerRun(1000, func() { r.Decided(e) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// BenchmarkHandOver measures what an event costs the traffic: refused, with a writer that keeps up or not; and a
// forward that is not drawn.
func BenchmarkHandOver(b *testing.B) {
	refused, forwarded := judged(b, ruledNumber, 1), judged(b, openNumber, 1)
	b.Run("put", func(b *testing.B) {
		r := newRing(1 << 10)
		b.ReportAllocs()
		for b.Loop() {
			r.put(refused)
			r.drop()
		}
	})
	for _, run := range []struct {
		name   string
		event  *Event
		sample int
	}{{"refused", refused, 0}, {"forward-none", forwarded, 0}, {"forward-1-in-1000", forwarded, 1000}} {
		b.Run(run.name, func(b *testing.B) {
			o := options(b)
			o.Sample, o.MaxSize, o.Keep, o.Buffer = run.sample, 64<<20, 2, 1<<14
			r := open(b, o)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r.Decided(run.event)
				}
			})
			b.StopTimer()
			s := r.Stats()
			b.ReportMetric(float64(s.Dropped)/float64(b.N), "dropped/op")
			closed(b, r)
		})
	}
}

// BenchmarkLine measures what a line costs the writer's goroutine: encoded, sealed and in the file's batch.
func BenchmarkLine(b *testing.B) {
	from := judged(b, ruledNumber, 1)
	var e event
	e.take(from)
	var seal Seal
	line := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		line = appendEvent(line[:0], &e, "n1", 1000, command)
		line, seal = seal.seal(line, 0)
	}
	b.SetBytes(int64(len(line)))
}
