package proxy

import _ "unsafe" // for go:linkname

// Whoever has run for 10 milliseconds Go's scheduler stops, and wakes a thread to go on with it: that of a loop changed a
// hundred times a second, for cold caches and often for the CPU of the very peer that it had just woken. A loop that
// yields is not stopped: what else waits for its place runs, and then it goes on where it was. runtime.Gosched is no way
// to yield: it wakes a thread as well.

// goyield is the runtime's, which keeps it as it is for those who use it (go.dev/issue/67401).
//
//go:linkname goyield runtime.goyield
func goyield()

// yieldEvery is how many events a loop serves until it yields. A yield takes 80 ns (BenchmarkYield), an event some
// microseconds.
const yieldEvery = 8

// yield is called between rounds, with the events of the last one.
func (l *loop) yield(events int) {
	if l.served += events; l.served >= yieldEvery {
		l.served = 0
		goyield()
	}
}
