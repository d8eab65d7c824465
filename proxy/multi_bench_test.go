package proxy

import (
	"fmt"
	"testing"

	"geogate/smpp"
)

// BenchmarkMulti is one submit_multi and its answer through both loops' bodies, sockets not counted: judged, every
// second destination taken out and remembered, and merged into the answer.
func BenchmarkMulti(b *testing.B) {
	for _, n := range []int{2, 20, 254} {
		for name, refused := range map[string]string{"open": open, "half": closed} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				dests := make([]string, n)
				for i := range dests {
					dests[i] = []string{open, refused}[i%2]
				}
				d := newDesk(b, acme(), false)
				request, answer := multi(1, dests...), raw(smpp.IDSubmitMultiResp, 1, "0123456789\x00\x00")
				b.ReportAllocs()
				for b.Loop() {
					d.fromBoth(b, request, answer)
				}
			})
		}
	}
}
