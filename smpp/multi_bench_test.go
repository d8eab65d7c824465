package smpp

import (
	"fmt"
	"testing"
)

// multiOf is a submit_multi to n numbers, read, of which every second one is to be taken out.
func multiOf(t testing.TB, n int) (f Frame, d *Destinations, edits []Edit) {
	p := &SubmitMulti{Source: sender("Acme"), ShortMessage: []byte("hello world")}
	for i := range n {
		p.Dests = append(p.Dests, Destination{Address: number(fmt.Sprintf("4479701%05d", i))})
		edits = append(edits, Edit{Drop: i%2 == 1})
	}
	f, d = p.Append(nil, Header{Sequence: 42}), new(Destinations)
	if err := d.Read(f); err != nil {
		t.Fatal(err)
	}
	return f, d, edits
}

// mergeOf is an answer of the message centre to a submit_multi of n, and what was taken out of that.
func mergeOf(n int) (resp Frame, add []Unsuccess) {
	p := &SubmitMultiResp{MessageID: []byte("0123456789")}
	for i := range n {
		p.Unsuccess = append(p.Unsuccess, Unsuccess{number(fmt.Sprintf("4479702%05d", i)), ESME_RSUBMITFAIL})
		add = append(add, Unsuccess{number(fmt.Sprintf("4479701%05d", i)), ESME_RINVDSTADR})
	}
	return p.Append(nil, Header{Sequence: 42}), add
}

func TestMergeAlloc(t *testing.T) {
	resp, add := mergeOf(50)
	dst := make([]byte, 0, 1<<16)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := AppendMergedUnsuccess(dst, resp, add); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkSplit takes every second destination out of a submit_multi that was read.
func BenchmarkSplit(b *testing.B) {
	for _, n := range []int{2, 20, 254} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f, d, edits := multiOf(b, n)
			dst := make([]byte, 0, 1<<16)
			b.ReportAllocs()
			for b.Loop() {
				if len(d.AppendEdited(dst, f, edits)) == 0 {
					b.Fatal("nothing is left")
				}
			}
		})
	}
}

// BenchmarkMerge puts as many entries into the message centre's answer as it has.
func BenchmarkMerge(b *testing.B) {
	for _, n := range []int{1, 10, 127} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			resp, add := mergeOf(n)
			dst := make([]byte, 0, 1<<16)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := AppendMergedUnsuccess(dst, resp, add); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
