package smpp

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// edited is what AppendEdited promises, done the long way: decode, change the value, encode.
func edited(t testing.TB, f Frame, edits []Edit) Frame {
	t.Helper()
	to := func(a Address, e Edit) Address {
		if !e.Rewrite {
			return a
		}
		return Address{TON: e.TON, NPI: e.NPI, Addr: e.Digits}
	}
	switch f.ID() {
	case IDSubmitSM:
		var p SubmitSM
		p.Decode(f)
		p.Dest = to(p.Dest, edits[0])
		return p.Append(nil, f.Header())
	case IDDataSM:
		var p DataSM
		p.Decode(f)
		p.Dest = to(p.Dest, edits[0])
		return p.Append(nil, f.Header())
	}
	var p SubmitMulti
	p.Decode(f)
	all := p.Dests
	p.Dests = nil
	for i, d := range all {
		if edits[i].Drop {
			continue
		}
		if !d.DistributionList {
			d.Address = to(d.Address, edits[i])
		}
		p.Dests = append(p.Dests, d)
	}
	return p.Append(nil, f.Header())
}

// randomEdits returns edits that leave at least one destination.
func randomEdits(random *rand.Rand, n int) []Edit {
	edits := make([]Edit, n)
	for i := range edits {
		switch random.IntN(3) {
		case 0:
			edits[i].Drop = n > 1
		case 1:
			digits := "12025550123456"[:1+random.IntN(14)]
			edits[i] = Edit{Rewrite: true, TON: 1, NPI: 1, Digits: []byte(digits)}
		}
	}
	edits[random.IntN(n)].Drop = false
	return edits
}

func TestAppendEdited(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var d Destinations
	for _, f := range judged(t) {
		for range 200 {
			if err := d.Read(f); err != nil {
				t.Fatal(err)
			}
			edits := randomEdits(random, len(d.List))
			got := Frame(d.AppendEdited([]byte("before"), f, edits)[len("before"):])
			if want := edited(t, f, edits); !bytes.Equal(got, want) {
				t.Fatalf("%x edited by %v:\n got %x\nwant %x", f, edits, got, want)
			}
			if n, err := FrameLen(got, DefaultMaxPDU); n != len(got) || err != nil {
				t.Fatalf("edited frame: length %d of %d, %v", n, len(got), err)
			}
		}
	}
}

// TestAppendEditedNothing: no edit, no change.
func TestAppendEditedNothing(t *testing.T) {
	var d Destinations
	for _, f := range judged(t) {
		d.Read(f)
		if got := d.AppendEdited(nil, f, make([]Edit, len(d.List))); !bytes.Equal(got, f) {
			t.Errorf("unchanged:\n got %x\nwant %x", got, f)
		}
	}
}

// TestAppendEditedForwardsNothing: what nobody may forward is not appended at all.
func TestAppendEditedForwardsNothing(t *testing.T) {
	var d Destinations
	for _, f := range judged(t) {
		d.Read(f)
		all := make([]Edit, len(d.List))
		for i := range all {
			all[i].Drop = true
		}
		if got := d.AppendEdited([]byte("x"), f, all); string(got) != "x" {
			t.Errorf("all dropped: %x", got)
		}
		if got := d.AppendEdited([]byte("x"), f, make([]Edit, len(d.List)+1)); string(got) != "x" {
			t.Errorf("an edit too many: %x", got)
		}
	}
}

func TestAppendEditedAlloc(t *testing.T) {
	var d Destinations
	dst := make([]byte, 0, 1<<16)
	for _, f := range judged(t) {
		d.Read(f)
		edits := make([]Edit, len(d.List))
		edits[0] = Edit{Rewrite: true, TON: 1, NPI: 1, Digits: []byte("12025550123")}
		if n := testing.AllocsPerRun(100, func() { d.AppendEdited(dst, f, edits) }); n != 0 {
			t.Errorf("%v: %v allocations", f.ID(), n)
		}
	}
}
