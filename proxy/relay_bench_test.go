package proxy

import (
	"crypto/tls"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// BenchmarkRelay sends submit_sm over loopback in windows of 100 from ten sessions, to the message centre
// directly and through the proxy, over TLS too. One operation is one message and its answer, the peers' own cost
// included.
func BenchmarkRelay(b *testing.B) {
	b.Run("direct", func(b *testing.B) {
		mc, err := smpptest.StartMC(smpptest.MCOptions{Forget: true})
		if err != nil {
			b.Fatal(err)
		}
		defer mc.Close()
		benchRelay(b, dialer(mc.Addr()), open)
	})
	b.Run("proxy", func(b *testing.B) {
		benchRelay(b, dialer(newRig(b, smpptest.MCOptions{Forget: true}, nil).addr), open)
	})
	b.Run("proxy-tls", func(b *testing.B) {
		r, ours := newRig(b, smpptest.MCOptions{Forget: true}, nil), newAuthority(b)
		addr := r.open(Door{NewTLS: always(&tls.Config{Certificates: []tls.Certificate{ours.pair(forLoopback())}})})
		benchRelay(b, func() (net.Conn, error) { return tls.Dial("tcp", addr, &tls.Config{RootCAs: ours.roots}) }, open)
	})
	b.Run("refused", func(b *testing.B) {
		benchRelay(b, dialer(newRig(b, smpptest.MCOptions{Forget: true}, nil).addr), closed)
	})
}

func dialer(addr string) func() (net.Conn, error) {
	return func() (net.Conn, error) { return net.Dial("tcp", addr) }
}

func benchRelay(b *testing.B, dial func() (net.Conn, error), dest string) {
	// The event loops take a place each and make as many more, once; package testing takes those back before each run.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2 * runtime.NumCPU()))
	const sessions, window = 10, 100
	var stream []byte
	for seq := range uint32(window) {
		stream = append(stream, submit(seq, dest)...)
	}
	var waits []time.Duration
	done := make(chan []time.Duration, sessions)
	start := make(chan struct{})
	for range sessions {
		conn, err := dial()
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		bind := smpp.BindRequest{SystemID: []byte("acme")}
		conn.Write(bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1}))
		frames := smpptest.NewFrameReader(conn, 0)
		if f, err := frames.Next(); err != nil || f.Status() != smpp.ESME_ROK {
			b.Fatal(f, err)
		}
		go func() {
			var waits []time.Duration
			<-start
			for i := 0; i < b.N; i += sessions * window {
				sent := time.Now()
				conn.Write(stream)
				for range window {
					if _, err := frames.Next(); err != nil {
						b.Error(err)
						break
					}
				}
				waits = append(waits, time.Since(sent))
			}
			done <- waits
		}()
	}
	b.ResetTimer()
	close(start)
	for range sessions {
		waits = append(waits, <-done...)
	}
	slices.Sort(waits)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds()), "p50-us/window")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds()), "p99-us/window")
}
