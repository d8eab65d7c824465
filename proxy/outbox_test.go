package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestOutboxWritersDoNotWaitForEachOther blocks one writer; the other leaves its frames behind until the
// limit.
func TestOutboxWritersDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		us, peer := net.Pipe()
		var o outbox
		o.init(us, time.Hour)
		relay, refusal := bytes.Repeat([]byte("r"), 100), bytes.Repeat([]byte("x"), 16)
		done := make(chan error, 1)
		go func() { done <- o.write(relay) }()
		synctest.Wait()
		left := 0
		for ; left+len(refusal) <= outboxLimit; left += len(refusal) {
			if err := o.write(refusal); err != nil {
				t.Fatal(err)
			}
		}
		over := make(chan error, 1)
		go func() { over <- o.write(refusal) }()
		synctest.Wait()
		select {
		case <-over:
			t.Fatal("more was left behind than the limit")
		default:
		}
		got := make([]byte, len(relay)+left+len(refusal))
		if _, err := io.ReadFull(peer, got); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(<-done, <-over); err != nil {
			t.Fatal(err)
		}
		if want := append(relay, bytes.Repeat([]byte("x"), left+len(refusal))...); !bytes.Equal(got, want) {
			t.Fatal("not what was written")
		}
		if cap(o.pending)+cap(o.spare) > 2*outboxKeep {
			t.Fatalf("idle, it keeps %d octets", cap(o.pending)+cap(o.spare))
		}
		us.Close()
	})
}

// TestOutboxDeadline ends everyone's writing when the peer takes nothing.
func TestOutboxDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		us, peer := net.Pipe()
		defer peer.Close()
		var o outbox
		o.init(us, time.Second)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := o.write(make([]byte, outboxLimit+1)); esmeWriteCause(err) != ESMESlow {
					t.Error(err)
				}
			})
		}
		start := time.Now()
		wg.Wait()
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %s", took)
		}
		if o.write([]byte("x")) == nil {
			t.Error("written behind a failure")
		}
	})
}

// TestOutboxKeepsFramesWhole lets several goroutines write frames while a slow reader cuts them again.
func TestOutboxKeepsFramesWhole(t *testing.T) {
	t.Parallel()
	us, peer := net.Pipe()
	defer us.Close()
	var o outbox
	o.init(us, patience)
	const writers, each = 3, 2000
	for w := range uint32(writers) {
		go func() {
			for i := range uint32(each) {
				b := raw(smpp.IDDeliverSM, w<<16|i, string(make([]byte, i%200)))
				if i%3 == 0 {
					b = append(b, header(smpp.IDSubmitSMResp, w<<16|i)...)
				}
				if o.write(b) != nil {
					t.Error("failed")
				}
			}
		}()
	}
	frames := smpptest.NewFrameReader(peer, 0)
	next := [writers]uint32{}
	for done := 0; done < writers*each; {
		f, err := frames.Next()
		if err != nil {
			t.Fatal(err)
		}
		if f.ID() == smpp.IDSubmitSMResp {
			continue
		}
		w, i := f.Sequence()>>16, f.Sequence()&0xFFFF
		if i != next[w] || len(f) != smpp.HeaderLen+int(i%200) {
			t.Fatalf("writer %d: frame %d of %d octets, want %d", w, i, len(f), next[w])
		}
		next[w]++
		done++
	}
}
