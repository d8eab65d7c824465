package main

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestLedgerAgainstMaps compares the ledger with plain maps over random histories.
func TestLedgerAgainstMaps(t *testing.T) {
	t.Parallel()
	for _, checked := range []bool{false, true} {
		random := rand.New(rand.NewPCG(1, 2))
		l := newLedger(2, checked)
		must, answeredOnes, arrivedOnes := map[uint32]bool{}, map[uint32]bool{}, map[uint32]bool{}
		for range 20 * pageSize {
			must[l.add(message{flags: flags8(random.IntN(2)) * mustArrive})] = false
		}
		for sequence := range must {
			m, _, _ := l.find(sequence)
			must[sequence] = m.flags&mustArrive != 0
		}
		for range 100 * pageSize {
			sequence := 2 + random.Uint32N(20*pageSize)
			m, p, known := l.find(sequence)
			settled := answeredOnes[sequence] && (!checked || !must[sequence] || arrivedOnes[sequence])
			if !known || m == nil && !settled {
				t.Fatalf("sequence %d is forgotten", sequence)
			}
			if m == nil {
				continue
			}
			if m.flags&answered != 0 != answeredOnes[sequence] || m.flags&arrived != 0 != arrivedOnes[sequence] {
				t.Fatalf("sequence %d: flags %b", sequence, m.flags)
			}
			if random.IntN(2) == 0 && !answeredOnes[sequence] {
				l.answer(m, p, 0)
				answeredOnes[sequence] = true
			} else if checked && !arrivedOnes[sequence] {
				l.arrive(m, p)
				arrivedOnes[sequence] = true
			}
		}
		if l.open != len(must)-len(answeredOnes) {
			t.Errorf("%d open, want %d", l.open, len(must)-len(answeredOnes))
		}
		lost := 0
		l.lost(func(sequence uint32) {
			if lost++; !must[sequence] || arrivedOnes[sequence] {
				t.Errorf("sequence %d is not lost", sequence)
			}
		})
		open, given := l.open, 0
		l.expire(time.Hour, func(sequence uint32) {
			if given++; answeredOnes[sequence] {
				t.Errorf("sequence %d was answered", sequence)
			}
		})
		if given != open || l.open != 0 {
			t.Errorf("%d given up of %d, %d left", given, open, l.open)
		}
	}
}

func TestLedgerForgets(t *testing.T) {
	t.Parallel()
	l := newLedger(2, true)
	for i := range 100 * pageSize {
		sequence := l.add(message{flags: mustArrive})
		if i == 5 {
			continue // stays
		}
		m, p, _ := l.find(sequence)
		l.arrive(m, p)
		l.answer(m, p, 0)
	}
	kept := 0
	for _, p := range l.pages {
		if p != nil {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("%d pages kept for one message", kept)
	}
	for _, sequence := range []uint32{0, 1, 2 + 100*pageSize} {
		if _, _, known := l.find(sequence); known {
			t.Errorf("sequence %d was never sent", sequence)
		}
	}
	if m, _, known := l.find(2 + 50*pageSize); m != nil || !known {
		t.Error("a settled message is not known as such")
	}
}

func TestLedgerExpiresByAge(t *testing.T) {
	t.Parallel()
	l := newLedger(2, false)
	for i := range 3 * pageSize {
		l.add(message{sent: time.Duration(i)})
	}
	var given []uint32
	l.expire(2*pageSize+1, func(sequence uint32) { given = append(given, sequence) })
	if len(given) != 2*pageSize+1 || given[0] != 2 || given[len(given)-1] != 2+2*pageSize {
		t.Errorf("%d given up", len(given))
	}
}
