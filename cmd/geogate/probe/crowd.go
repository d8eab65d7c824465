package probe

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"geogate/smpp"
)

// member is one bind of a crowd: no more than a connection, so that there can be many.
type member struct{ net.Conn }

// crowd is how many bind at the same time.
func (t *Target) crowd() int { return max(1, t.Heavy/10) }

// binding has a crowd bind at once, so many times, dropping in between; then all are asked whether they stand.
func (t *Target) binding(ctx context.Context, times int) (outcome, error) {
	if err := t.roomFor(t.crowd()); err != nil {
		return outcome{}, err
	}
	crowd := make([]member, t.crowd())
	defer drop(crowd)
	var bound int64
	for range times {
		drop(crowd)
		bound = succeed(crowd, func(m *member) bool { return t.join(ctx, m) })
	}
	up := succeed(crowd, func(m *member) bool {
		return m.Conn != nil && t.exchanged(m, frame(smpp.IDEnquireLink, linkSequence, ""))
	})
	var n notes
	want := int64(len(crowd))
	n.check(bound == want, fmt.Sprintf("%d bound", bound), fmt.Sprintf("%d bound", bound))
	n.check(up == want, "all answer enquire_link", fmt.Sprintf("%d answer enquire_link", up))
	return n.outcome(), nil
}

// roomFor tells whether this process may have that many connections, twice as many where it is both ends.
func (t *Target) roomFor(connections int) error {
	const besides = 100
	needed := uint64(connections + besides)
	if t.centre != nil {
		needed = uint64(2*connections + besides)
	}
	if limit, known := descriptors(); known && limit < needed {
		return fmt.Errorf("%d open files are needed, and this process may have %d: ulimit -n %d", needed, limit, needed)
	}
	return nil
}

// succeed counts those of whom something is true, all of them at once.
func succeed(crowd []member, do func(*member) bool) int64 {
	var all sync.WaitGroup
	var n atomic.Int64
	for i := range crowd {
		all.Go(func() {
			if do(&crowd[i]) {
				n.Add(1)
			}
		})
	}
	all.Wait()
	return n.Load()
}

// drop ends all connections without a word.
func drop(crowd []member) {
	for i := range crowd {
		if crowd[i].Conn != nil {
			crowd[i].Close()
			crowd[i].Conn = nil
		}
	}
}

// join connects and binds.
func (t *Target) join(ctx context.Context, m *member) bool {
	ctx, cancel := context.WithTimeout(ctx, t.crowdPatience())
	defer cancel()
	c, err := t.Dial(ctx)
	if err != nil {
		return false
	}
	m.Conn = c
	return t.exchanged(m, t.bindRequest(trx, t.SystemID, t.Password, 0x34))
}

// crowdPatience is longer the more there are: a thousand a second is much for a server.
func (t *Target) crowdPatience() time.Duration {
	return t.Patience + time.Duration(t.crowd())*time.Millisecond
}

// exchanged reports whether a request is answered, in kind and well. Requests of the server are left unanswered.
func (t *Target) exchanged(m *member, request smpp.Frame) bool {
	m.SetDeadline(time.Now().Add(t.crowdPatience()))
	if _, err := m.Write(request); err != nil {
		return false
	}
	for {
		f, err := smpp.ReadFrame(m, nil, smpp.DefaultMaxPDU)
		if err != nil {
			return false
		}
		if f.ID().IsResponse() {
			return answer(request.ID().Response(), request.Sequence(), ok).fits(f)
		}
	}
}
