package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// arrivals compares the messages that reach the message centre with those that were sent. It implements
// smpptest.Tap.
type arrivals struct {
	load    *load
	links   atomic.Pointer[[]*link]
	foreign atomic.Int64
}

// Received implements smpptest.Tap.
func (a *arrivals) Received(_ *smpptest.MCSession, f smpp.Frame) {
	switch f.ID() {
	case smpp.IDSubmitSM, smpp.IDSubmitMulti, smpp.IDDataSM:
		if !a.take(f) {
			a.foreign.Add(1)
		}
	}
}

// Flush implements smpptest.Tap.
func (*arrivals) Flush(*smpptest.MCSession) {}

// take finds the message that f is; false: it bears no mark of this run.
func (a *arrivals) take(f smpp.Frame) bool {
	bind, sequence, ok := readMarker(f, a.load.head)
	links := a.links.Load()
	if !ok || links == nil || int(bind) >= len(*links) {
		return false
	}
	(*links)[bind].arrive(f, sequence)
	return true
}

// arrive notes that the message of that sequence_number has reached the message centre as f.
func (k *link) arrive(f smpp.Frame, sequence uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	mc := &k.tally.MC
	mc.Arrived++
	m, p, known := k.ledger.find(sequence)
	switch {
	case !known:
		mc.Unexpected++
		k.example("the message centre received what was not sent: %s", smpp.Trace(f))
	case !k.entry(sequence).forwarded():
		mc.Unexpected++
		k.example("the message centre received what must not arrive: %s", smpp.Trace(f))
	case m == nil || m.flags&arrived != 0:
		mc.Double++
		k.example("the message centre received twice: %s", smpp.Trace(f))
	default:
		if k.load.sum(f) != m.sum {
			mc.Altered++
			k.example("the message centre received other bytes: %s", smpp.Trace(f))
		}
		k.ledger.arrive(m, p)
	}
}

func (k *link) countLost() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ledger.lost(func(sequence uint32) {
		k.tally.MC.Lost++
		k.example("the message centre never received sequence %d", sequence)
	})
}

// readRecord takes the frames that smscsim --record has written, those of other runs and other ESMEs left
// out.
func (a *arrivals) readRecord(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	decoder := json.NewDecoder(bufio.NewReaderSize(file, 1<<20))
	for n := 1; ; n++ {
		var line struct{ Command, Hex string }
		if err := decoder.Decode(&line); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s, frame %d: %w", path, n, err)
		}
		frame, err := hex.DecodeString(line.Hex)
		if err != nil || len(frame) < smpp.HeaderLen {
			return fmt.Errorf("%s, frame %d: hex is no frame", path, n)
		}
		a.take(frame)
	}
}
