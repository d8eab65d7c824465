package smpp

import (
	"bytes"
	"testing"
)

// manyDests returns a submit_multi with n destinations.
func manyDests(n int) Frame {
	p := sampleSubmitMulti()
	p.Dests = p.Dests[:0]
	for i := range n {
		digits := []byte("4479701234567")
		digits[12], digits[11], digits[10] = byte('0'+i%10), byte('0'+i/10%10), byte('0'+i/100)
		p.Dests = append(p.Dests, Destination{Address: number(string(digits))})
	}
	return p.Append(nil, Header{Sequence: 42})
}

// judged are the frames that Destinations reads among the golden ones, and the largest ones.
func judged(t testing.TB) []Frame {
	listFirst := sampleSubmitMulti()
	listFirst.Dests[0], listFirst.Dests[1] = listFirst.Dests[1], listFirst.Dests[0]
	frames := []Frame{
		listFirst.Append(nil, Header{Sequence: 42}), sampleSubmitMulti().Append(nil, Header{Sequence: 42}),
		faultless(), manyDests(1), manyDests(254),
	}
	for _, g := range goldens {
		switch f := g.frame(t); f.ID() {
		case IDSubmitSM, IDSubmitMulti, IDDataSM:
			frames = append(frames, f)
		}
	}
	return frames
}

// fullDecode decodes f with the decoder of its PDU.
func fullDecode(f Frame) (source Address, list []Destination, err error) {
	switch f.ID() {
	case IDSubmitSM:
		var p SubmitSM
		err = p.Decode(f)
		return p.Source, []Destination{{Address: p.Dest}}, err
	case IDDataSM:
		var p DataSM
		err = p.Decode(f)
		return p.Source, []Destination{{Address: p.Dest}}, err
	default:
		var p SubmitMulti
		err = p.Decode(f)
		return p.Source, p.Dests, err
	}
}

func sameAddress(a, b Address) bool {
	return a.TON == b.TON && a.NPI == b.NPI && bytes.Equal(a.Addr, b.Addr)
}

// agree holds what d has read of f against the full decoder: the same verdict, the same addresses.
func agree(t testing.TB, d *Destinations, f Frame, got *FieldError) {
	t.Helper()
	source, list, err := fullDecode(f)
	if err != nil || got != nil {
		if err == nil || got == nil || *err.(*FieldError) != *got {
			t.Fatalf("%x: Destinations says %v, the full decoder %v", f, got, err)
		}
		return
	}
	if !sameAddress(d.Source, source) || len(d.List) != len(list) {
		t.Fatalf("%x: source %v of %d, want %v of %d", f, d.Source, len(d.List), source, len(list))
	}
	for i := range list {
		got, want := d.List[i], list[i]
		if !sameAddress(got.Address, want.Address) || got.DistributionList != want.DistributionList {
			t.Fatalf("%x: entry %d: %v, want %v", f, i, got, want)
		}
	}
}

// TestDestinationsAgree reads all frames into one value, in both directions: nothing of an earlier one may
// stay.
func TestDestinationsAgree(t *testing.T) {
	var d Destinations
	frames := judged(t)
	for i := range frames {
		agree(t, &d, frames[i], d.Read(frames[i]))
	}
	for i := range frames {
		f := frames[len(frames)-1-i]
		agree(t, &d, f, d.Read(f))
	}
}

// TestDestinationsAlias: what was read cannot be appended to over the octets behind it.
func TestDestinationsAlias(t *testing.T) {
	var d Destinations
	for _, f := range judged(t) {
		before := append(Frame(nil), f...)
		if err := d.Read(f); err != nil {
			t.Fatal(err)
		}
		_ = append(d.Source.Addr, "overwritten"...)
		for i := range d.List {
			_ = append(d.List[i].Addr, "overwritten"...)
		}
		if !bytes.Equal(f, before) {
			t.Fatalf("%v: the frame can be overwritten through what was read", f.ID())
		}
	}
}

func TestDestinationsReadAlloc(t *testing.T) {
	var d Destinations
	for _, f := range judged(t) {
		if n := testing.AllocsPerRun(100, func() { d.Read(f) }); n != 0 {
			t.Errorf("%v with %d destinations: %v allocations a Read", f.ID(), len(d.List), n)
		}
	}
}
