package proxy

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestWindowAgainstMap compares the window with a map and a loop. Some answers come in the order of the requests,
// others in any.
func TestWindowAgainstMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var w window
		model := map[uint32]int{}
		total := 0
		var asked []uint32
		sequences := rapid.SliceOfN(rapid.OneOf(rapid.Uint32Range(0, 40), rapid.Uint32()), 0, 20)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			list := sequences.Draw(t, "sequences")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				w.ask(list)
				asked = append(asked, list...)
				for _, s := range list {
					model[s]++
					total++
				}
				continue
			case 2:
				n := rapid.IntRange(0, len(asked)).Draw(t, "in order")
				list, asked = asked[:n:n], asked[n:]
			}
			unasked := 0
			for _, s := range list {
				if model[s] == 0 {
					unasked++
				} else {
					model[s]--
					total--
				}
			}
			if got := w.answer(list); got != unasked {
				t.Fatalf("unasked %d, want %d", got, unasked)
			}
			if got := w.inFlight(); got != total {
				t.Fatalf("in flight %d, want %d", got, total)
			}
		}
		select {
		case <-w.whenEmpty():
			if total != 0 {
				t.Fatal("said to be empty")
			}
		default:
			if total == 0 {
				t.Fatal("not said to be empty")
			}
		}
	})
}

func TestWindowBeyondItsLimit(t *testing.T) {
	t.Parallel()
	var w window
	all := make([]uint32, 2*windowLimit)
	for i := range all {
		all[i] = uint32(i)
	}
	w.ask(all)
	if len(w.slots) > 2*windowLimit || w.beyond != windowLimit || w.inFlight() != len(all) {
		t.Fatal(len(w.slots), w.beyond, w.inFlight())
	}
	emptied := w.whenEmpty()
	if unasked := w.answer(all); unasked != 0 || w.inFlight() != 0 {
		t.Fatal(unasked, w.inFlight())
	}
	<-emptied
	if len(w.slots) != 0 {
		t.Fatalf("an empty window keeps %d slots", len(w.slots))
	}
	if unasked := w.answer(all[:3]); unasked != 3 {
		t.Fatal(unasked)
	}
}

func TestUnusedSequence(t *testing.T) {
	t.Parallel()
	var w window
	if got := w.unused(7); got != 7 {
		t.Error(got)
	}
	w.ask([]uint32{7, 8, maxSequence})
	if got := w.unused(7); got != 9 {
		t.Error(got)
	}
	if got := w.unused(maxSequence); got != 1 {
		t.Error(got)
	}
}

// BenchmarkWindow is one request and its answer, a hundred of them in flight: answered in their order, in the opposite
// one, and by halves.
func BenchmarkWindow(b *testing.B) {
	const n = 100
	inOrder := make([]uint32, n)
	for i := range inOrder {
		inOrder[i] = uint32(i)
	}
	backwards := slices.Clone(inOrder)
	slices.Reverse(backwards)
	for name, answers := range map[string][]uint32{
		"in order": inOrder, "backwards": backwards, "halves": append(slices.Clone(inOrder[n/2:]), inOrder[:n/2]...),
	} {
		b.Run(name, func(b *testing.B) {
			var w window
			for i := 0; i < b.N; i += n {
				w.ask(inOrder)
				if w.answer(answers) != 0 {
					b.Fatal("unasked")
				}
			}
		})
	}
}
