package smpp

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRun holds runs to the frames one by one: of random streams of few commands, cut short anywhere, with lengths that
// are impossible or over the limit.
func TestRun(t *testing.T) {
	t.Parallel()
	const id, max = IDSubmitSMResp, 40
	rng := rand.New(rand.NewPCG(7, 8))
	ended := map[string]int{}
	for range 20_000 {
		var stream []byte
		for range rng.IntN(5) {
			command := id
			if rng.IntN(6) == 0 {
				command = IDDeliverSM
			}
			f := AppendHeader(nil, command, ESME_ROK, rng.Uint32())
			f = append(f, make([]byte, rng.IntN(max-HeaderLen+2))...)
			binary.BigEndian.PutUint32(f, uint32(len(f)))
			if rng.IntN(8) == 0 {
				binary.BigEndian.PutUint32(f, []uint32{0, HeaderLen - 1, max + 1, 1 << 31, 1<<32 - 1}[rng.IntN(5)])
			}
			stream = append(stream, f...)
		}
		stream = stream[:len(stream)-rng.IntN(min(len(stream), 20)+1)]

		n, sequences := 0, []uint32{99}
		why := ""
		for why == "" {
			length, err := FrameLen(stream[n:], max)
			switch {
			case err != nil:
				why = "fault"
			case length == 0:
				why = "rest"
			case Frame(stream[n:]).ID() != id:
				why = "another"
			default:
				sequences = append(sequences, Frame(stream[n:]).Sequence())
				n += length
			}
		}
		ended[why]++
		if got, list := Run(stream, id, max, []uint32{99}); got != n || !slices.Equal(list, sequences) {
			t.Fatalf("%x: %d octets, %v, want %d, %v", stream, got, list, n, sequences)
		}
		if f := CutFrame(stream, id, max); len(f) > 0 != (len(sequences) > 1) || len(f) != cap(f) {
			t.Fatalf("%x: cut %x of capacity %d", stream, f, cap(f))
		}
	}
	for _, why := range []string{"fault", "rest", "another"} {
		if ended[why] < 1000 {
			t.Errorf("%d runs ended with %s", ended[why], why)
		}
	}
}
