package smpptest

import (
	"bytes"
	"net"
	"testing"

	"geogate/smpp"
)

// BenchmarkMC answers submit_sm in windows of 100 over one connection. One operation is one message and its answer,
// the cost of the sender included.
func BenchmarkMC(b *testing.B) {
	mc, err := StartMC(MCOptions{Forget: true})
	if err != nil {
		b.Fatal(err)
	}
	defer mc.Close()
	conn, err := net.Dial("tcp", mc.Addr())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	frames := NewFrameReader(conn, 0)
	exchange := func(request []byte, answers int) {
		if _, err := conn.Write(request); err != nil {
			b.Fatal(err)
		}
		for range answers {
			if f, err := frames.Next(); err != nil || f.Status() != smpp.ESME_ROK {
				b.Fatal(f, err)
			}
		}
	}
	bind := smpp.BindRequest{SystemID: []byte("bench")}
	exchange(bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1}), 1)
	const window = 100
	requests := bytes.Repeat(submitFrame(2, "447970123456"), window)
	b.ReportAllocs()
	for i := 0; i < b.N; i += window {
		exchange(requests, window)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "PDU/s")
}
