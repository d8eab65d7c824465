package smpptest

import (
	"context"

	"geogate/smpp"
)

// Record is one frame that the MC received, byte for byte.
type Record struct {
	Session *MCSession
	Frame   smpp.Frame
}

// Stats counts what an MC has done.
type Stats struct {
	Sessions  int `json:"sessions"`  // connections accepted
	Binds     int `json:"binds"`     // binds answered with ESME_ROK
	Requests  int `json:"requests"`  // request PDUs received
	Responses int `json:"responses"` // response PDUs received
	Messages  int `json:"messages"`  // of the requests: submit_sm, submit_multi, data_sm
	Accepted  int `json:"accepted"`  // messages answered with ESME_ROK
	Receipts  int `json:"receipts"`  // delivery receipts sent
	Faults    int `json:"faults"`    // faults committed as scripted
	Broken    int `json:"broken"`    // sessions ended by a frame that could not be cut
}

// Sessions is every session so far, in the order of their numbers; with MCOptions.Forget only those that
// still run.
func (mc *MC) Sessions() []*MCSession {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	if !mc.opts.Forget {
		return append([]*MCSession(nil), mc.all...)
	}
	live := make([]*MCSession, 0, len(mc.live))
	for s := range mc.live {
		live = append(live, s)
	}
	return live
}

// Records is every frame received so far, requests and responses, in order of arrival.
func (mc *MC) Records() []Record {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	return append([]Record(nil), mc.records...)
}

// Received is every request received so far, byte for byte, in order of arrival: binds and enquire_link too.
func (mc *MC) Received() []smpp.Frame {
	return mc.received(func(id smpp.CommandID) bool { return !id.IsResponse() })
}

// Messages is Received without what carries no message: submit_sm, submit_multi and data_sm are left.
func (mc *MC) Messages() []smpp.Frame { return mc.received(carriesMessage) }

func (mc *MC) received(want func(smpp.CommandID) bool) []smpp.Frame {
	var frames []smpp.Frame
	for _, r := range mc.Records() {
		if want(r.Frame.ID()) {
			frames = append(frames, r.Frame)
		}
	}
	return frames
}

// Stats is what the MC has done so far, up to the last whole batch of each session.
func (mc *MC) Stats() Stats {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	return mc.stats
}

// Wait returns once n messages (submit_sm, submit_multi, data_sm) have come and their answers are queued, or
// with ctx's error.
func (mc *MC) Wait(ctx context.Context, n int) error {
	return mc.WaitUntil(ctx, func(s Stats, _ int) bool { return s.Messages >= n })
}

// WaitIdle returns once no session is left, or with ctx's error.
func (mc *MC) WaitIdle(ctx context.Context) error {
	return mc.WaitUntil(ctx, func(_ Stats, live int) bool { return live == 0 })
}

// WaitUntil returns once done holds for the stats and the number of live sessions, or with ctx's error. done
// must not call the MC.
func (mc *MC) WaitUntil(ctx context.Context, done func(s Stats, live int) bool) error {
	for {
		mc.mu.Lock()
		if done(mc.stats, len(mc.live)) {
			mc.mu.Unlock()
			return nil
		}
		if mc.changed == nil {
			mc.changed = make(chan struct{})
		}
		changed := mc.changed
		mc.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (mc *MC) notifyLocked() {
	if mc.changed != nil {
		close(mc.changed)
		mc.changed = nil
	}
}

// record keeps a copy of f.
func (mc *MC) record(s *MCSession, f smpp.Frame) {
	if mc.opts.Forget {
		return
	}
	mc.mu.Lock()
	defer mc.mu.Unlock()
	if cap(mc.store)-len(mc.store) < len(f) {
		mc.store = make([]byte, 0, max(64<<10, len(f)))
	}
	start := len(mc.store)
	mc.store = append(mc.store, f...)
	mc.records = append(mc.records, Record{s, smpp.Frame(mc.store[start:len(mc.store):len(mc.store)])})
}

// count adds a session's own counters and clears them.
func (mc *MC) count(delta *Stats) {
	mc.mu.Lock()
	defer mc.mu.Unlock()
	s := &mc.stats
	s.Binds += delta.Binds
	s.Requests += delta.Requests
	s.Responses += delta.Responses
	s.Messages += delta.Messages
	s.Accepted += delta.Accepted
	s.Receipts += delta.Receipts
	s.Faults += delta.Faults
	s.Broken += delta.Broken
	*delta = Stats{}
	mc.notifyLocked()
}

func carriesMessage(id smpp.CommandID) bool {
	return id == smpp.IDSubmitSM || id == smpp.IDSubmitMulti || id == smpp.IDDataSM
}
