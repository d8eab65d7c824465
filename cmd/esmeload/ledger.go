package main

import "time"

// ledger remembers the messages that one bind has sent, by sequence_number, until nothing more can be said of
// them. Its caller locks it.
type ledger struct {
	checked bool // arrivals at the message centre are checked: a message that must arrive stays until it has
	base    uint32
	next    uint32  // the sequence_number of the next message
	first   int     // number of the oldest page
	pages   []*page // nil: everything on it is settled
	open    int     // messages without answer
}

const pageSize = 1024

type page struct {
	messages   [pageSize]message
	used       int
	unanswered int
	unsettled  int
}

// message is one message sent. Times count from the start of the run.
type message struct {
	due   time.Duration // when it should have been sent
	sent  time.Duration // when it was
	sum   uint64        // of the frame that must arrive
	flags flags8
}

type flags8 uint8

const (
	answered   flags8 = 1 << iota // or given up
	expired                       // given up
	mustArrive                    // and has not yet
	arrived
	late // answered after it was given up
)

func newLedger(base uint32, checked bool) *ledger {
	return &ledger{checked: checked, base: base, next: base}
}

// add notes a message and returns its sequence_number.
func (l *ledger) add(m message) uint32 {
	sequence := l.next
	l.next++
	n := int(sequence - l.base)
	if n%pageSize == 0 {
		l.pages = append(l.pages, &page{})
	}
	p := l.pages[n/pageSize-l.first]
	p.messages[n%pageSize] = m
	p.used++
	p.unanswered++
	p.unsettled++
	l.open++
	return sequence
}

// find returns the message, or nil: known says that it was sent and all about it is settled.
func (l *ledger) find(sequence uint32) (m *message, p *page, known bool) {
	if sequence < l.base || sequence >= l.next {
		return nil, nil, false
	}
	n := int(sequence - l.base)
	i := n/pageSize - l.first
	if i < 0 || l.pages[i] == nil {
		return nil, nil, true
	}
	return &l.pages[i].messages[n%pageSize], l.pages[i], true
}

// answer marks the message as answered, or given up.
func (l *ledger) answer(m *message, p *page, how flags8) {
	m.flags |= answered | how
	p.unanswered--
	l.open--
	l.settle(m, p)
}

// arrive marks the message as arrived at the message centre.
func (l *ledger) arrive(m *message, p *page) {
	m.flags |= arrived
	if m.flags&mustArrive != 0 {
		m.flags &^= mustArrive
		l.settle(m, p)
	}
}

// settle drops the page once nothing on it waits for anything.
func (l *ledger) settle(m *message, p *page) {
	if m.flags&answered == 0 || l.checked && m.flags&mustArrive != 0 {
		return
	}
	p.unsettled--
	if p.unsettled > 0 || p.used < pageSize {
		return
	}
	for i := range l.pages {
		if l.pages[i] == p {
			l.pages[i] = nil
			break
		}
	}
	for len(l.pages) > 0 && l.pages[0] == nil {
		l.pages = l.pages[1:]
		l.first++
	}
}

// expire gives up the messages sent before limit; each gets their sequence_number.
func (l *ledger) expire(limit time.Duration, each func(sequence uint32)) {
	for i := 0; i < len(l.pages); i++ {
		p := l.pages[i]
		if p == nil || p.unanswered == 0 {
			continue
		}
		first := l.base + uint32((l.first+i)*pageSize)
		before := l.first
		for n := range p.messages[:p.used] {
			if m := &p.messages[n]; m.flags&answered == 0 && m.sent < limit {
				l.answer(m, p, expired)
				each(first + uint32(n))
			}
		}
		i -= l.first - before
	}
}

// lost gives each the sequence_number of the messages that must have arrived and have not.
func (l *ledger) lost(each func(sequence uint32)) {
	for i, p := range l.pages {
		if p == nil {
			continue
		}
		for n := range p.messages[:p.used] {
			if m := &p.messages[n]; m.flags&mustArrive != 0 {
				each(l.base + uint32((l.first+i)*pageSize+n))
			}
		}
	}
}
