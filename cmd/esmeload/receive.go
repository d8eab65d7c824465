package main

import (
	"time"

	"geogate/smpp"
)

// receive is the receiver: it takes answers until the connection ends, or the unbind is answered.
func (k *link) receive() {
	k.close(k.read())
	close(k.over)
}

func (k *link) read() error {
	for {
		f, err := k.frames.Next()
		if err != nil {
			return err
		}
		done, err := k.takeBatch(f)
		k.signal()
		if done || err != nil {
			return err
		}
	}
}

// takeBatch takes f and every whole frame that has been read with it.
func (k *link) takeBatch(f smpp.Frame) (done bool, err error) {
	now := k.load.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.latency.mu.Lock()
	defer k.latency.mu.Unlock()
	for {
		k.take(f, now)
		if !k.frames.Ready() {
			return k.ended, nil
		}
		if f, err = k.frames.Next(); err != nil {
			return true, err
		}
	}
}

func (k *link) take(f smpp.Frame, now time.Duration) {
	h := f.Header()
	switch {
	case !h.ID.IsResponse():
		k.reply(h)
	case h.ID == smpp.IDUnbindResp && h.Sequence == k.ledger.next:
		k.ended = true
	default:
		k.takeAnswer(f, h.Sequence, now)
	}
}

// reply answers a request of the message centre.
func (k *link) reply(h smpp.Header) {
	switch h.ID {
	case smpp.IDDeliverSM:
		k.tally.Deliver++
		resp := smpp.DeliverSMResp{MessageID: []byte{}}
		k.replies = resp.Append(k.replies, h)
	case smpp.IDEnquireLink, smpp.IDUnbind:
		k.replies = smpp.Respond(k.replies, h, smpp.ESME_ROK)
	default:
		k.replies = smpp.Respond(k.replies, h, smpp.ESME_RINVCMDID)
	}
}

func (k *link) takeAnswer(f smpp.Frame, sequence uint32, now time.Duration) {
	m, p, known := k.ledger.find(sequence)
	switch {
	case !known:
		k.tally.Answers.Unasked++
		k.example("nobody asked for %s", smpp.Trace(f))
	case m == nil || m.flags&(answered|expired) == answered || m.flags&late != 0:
		k.tally.Answers.Double++
		k.example("second answer: %s", smpp.Trace(f))
	case m.flags&expired != 0:
		m.flags |= late
		k.tally.Answers.Late++
	default:
		k.last = now
		k.judge(f, m, now)
		k.ledger.answer(m, p, 0)
	}
}

// judge counts the first answer to a message, and how long it took.
func (k *link) judge(f smpp.Frame, m *message, now time.Duration) {
	e := k.entry(f.Sequence())
	k.tally.Statuses[statusName(f.Status())]++
	if fault := e.judge(f, &k.tally.Answers); fault != "" {
		k.example("answer %s: %s", fault, smpp.Trace(f))
	} else {
		k.tally.Right++
	}
	histogram := k.latency.forwarded
	if !e.forwarded() {
		histogram = k.latency.refused
	}
	histogram.RecordValue(clamp(now - m.due))
	if k.latency.service != nil {
		k.latency.service.RecordValue(clamp(now - m.sent))
	}
}

// clamp keeps a time within what the histograms can hold.
func clamp(d time.Duration) int64 { return int64(min(max(d, 0), time.Minute)) }
