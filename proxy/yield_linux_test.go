package proxy

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// TestYield: a loop yields once it has served enough, to who waits for its place; others wait.
func TestYield(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var l loop
	var ran atomic.Bool
	go ran.Store(true)
	for range yieldEvery - 1 {
		l.yield(1)
	}
	if ran.Load() {
		t.Error("yielded early")
	}
	if l.yield(1); !ran.Load() {
		t.Error("has not yielded")
	}
}

// BenchmarkYield is a yield to nobody.
func BenchmarkYield(b *testing.B) {
	for b.Loop() {
		goyield()
	}
}
