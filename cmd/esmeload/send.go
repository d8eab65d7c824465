package main

import (
	"time"

	"geogate/smpp"
)

// send is the sender: it writes messages as window and pace allow, and the replies that the receiver leaves,
// until the receiver has ended.
func (k *link) send() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var expired time.Duration
	stop, settled := k.load.stop, k.load.allSettled
	for {
		wait := k.fill()
		if len(k.buf) > 0 {
			k.write()
			continue
		}
		if now := k.load.now(); now-expired >= expireEvery {
			expired = now
			k.mu.Lock()
			k.giveUp(now - k.load.flags.Timeout)
			k.mu.Unlock()
		}
		timer.Reset(wait)
		select {
		case <-k.wake:
		case <-timer.C:
		case <-stop:
			stop = nil
		case <-settled:
			settled = nil
		case <-k.over:
			return
		}
	}
}

// write ends the connection when the peer does not read for as long as an answer may take.
func (k *link) write() {
	k.conn.SetWriteDeadline(time.Now().Add(k.load.flags.Timeout))
	if _, err := k.conn.Write(k.buf); err != nil {
		k.conn.Close()
		<-k.over
	}
}

// fill puts into buf what is to be written now, and returns how long the sender may sleep.
func (k *link) fill() (wait time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.buf = append(k.buf[:0], k.replies...)
	k.replies = k.replies[:0]
	if k.unbound || k.closed {
		return expireEvery
	}
	now := k.load.now()
	due, wait := k.pace.due(now, k.tally.Sent)
	for n := min(due, k.load.flags.Window-k.ledger.open, maxBatch); n > 0; n-- {
		k.message(now)
	}
	if due == 0 && k.ledger.open == 0 && k.pace.finished(now, k.tally.Sent) {
		k.settle()
		k.unbind()
		return expireEvery
	}
	if k.ledger.open > 0 {
		return min(wait, expireEvery)
	}
	return min(wait, k.pace.until-now) // thousands of idle links must cost nothing
}

// settle notes that a link has sent everything and waits for no answer, or has ended. All links unbind together, behind
// the last of them: what a run costs is then the messages' alone. Called with the link's mu.
func (k *link) settle() {
	if k.settled {
		return
	}
	k.settled = true
	if l := k.load; l.unsettled.Add(-1) == 0 {
		l.cpuAfter, l.cpuErr = cpuTime(l.flags.CPUOf)
		close(l.allSettled)
	}
}

// unbind appends the unbind if every link has settled.
func (k *link) unbind() {
	if k.load.unsettled.Load() > 0 {
		return
	}
	k.unbound = true
	k.conn.SetReadDeadline(time.Now().Add(k.load.flags.Timeout))
	k.buf = smpp.AppendHeader(k.buf, smpp.IDUnbind, smpp.ESME_ROK, k.ledger.next)
}

// message appends the next message of the mix to buf and notes it.
func (k *link) message(now time.Duration) {
	sequence, bind := k.ledger.next, uint16(k.number)
	e := k.entry(sequence)
	m := message{due: k.pace.dueAt(k.tally.Sent, now), sent: now}
	start := len(k.buf)
	k.buf = e.sent.append(k.buf, bind, sequence)
	if k.load.checked && e.forwarded() {
		m.flags = mustArrive
		frame := k.buf[start:]
		if e.want != e.sent {
			k.scratch = e.want.append(k.scratch[:0], bind, sequence)
			frame = k.scratch
		}
		m.sum = k.load.sum(frame)
	}
	k.ledger.add(m)
	k.tally.Sent++
}

// offsetStep makes binds start at different places of the mix.
const offsetStep = 7919

// entry is what the message of this sequence_number is made from.
func (k *link) entry(sequence uint32) *entry {
	order := k.load.order
	return k.load.entries[order[(int(sequence-k.ledger.base)+k.number*offsetStep)%len(order)]]
}
