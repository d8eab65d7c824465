package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"math"
	"net"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// link is one connection with one bind: a sender and a receiver.
type link struct {
	// static
	load   *load
	number int
	conn   net.Conn
	frames *smpptest.FrameReader // owned by the receiver once that runs
	pace   pace
	wake   chan struct{} // something for the sender; capacity 1
	over   chan struct{} // closed by the receiver

	// owned by the sender
	buf     []byte
	scratch []byte
	unbound bool // unbind is sent

	// guarded by mu
	mu       sync.Mutex
	ledger   *ledger
	replies  []byte // to requests of the message centre
	tally    tally
	latency  *latencies    // shared with other links
	last     time.Duration // when the last answer came
	settled  bool          // counted among those that have
	ended    bool          // unbind was answered
	closed   bool
	examples []string
}

const (
	maxBatch    = 256                    // messages written together
	expireEvery = 100 * time.Millisecond // the longest that a sender sleeps while answers are due
	maxExamples = 5
)

// latencies are of answers in time, in nanoseconds.
type latencies struct {
	mu                 sync.Mutex              // locked behind that of a link
	forwarded, refused *hdrhistogram.Histogram // counted from when the message was due
	service            *hdrhistogram.Histogram // counted from when it was sent; nil in a closed loop: the same
}

// latencyShares is how many latencies the links share: each has hundreds of KiB, and a link that is idle none of
// its own.
const latencyShares = 16

// newLatencies makes those of a whole load.
func newLatencies(f *flags) []*latencies {
	list := make([]*latencies, min(f.Binds, latencyShares))
	for i := range list {
		list[i] = &latencies{forwarded: newHistogram(), refused: newHistogram()}
		if f.Rate > 0 {
			list[i].service = newHistogram()
		}
	}
	return list
}

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
}

// connect dials and binds.
func (l *load) connect(ctx context.Context, number int) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, l.flags.Timeout)
	defer cancel()
	conn, err := l.flags.dial(ctx)
	if err != nil {
		return nil, err
	}
	k := &link{
		load: l, number: number, conn: conn,
		frames:  smpptest.NewFrameReader(conn, 0),
		pace:    newPace(l.flags, number, l.stop),
		wake:    make(chan struct{}, 1),
		over:    make(chan struct{}),
		ledger:  newLedger(bindSequence+1, l.checked),
		latency: l.latencies[number%len(l.latencies)],
		tally:   tally{Statuses: map[statusName]int{}, MC: mcFaults{Checked: l.checked}},
	}
	if err := k.bind(); err != nil {
		conn.Close()
		return nil, err
	}
	return k, nil
}

// dial connects to the server, over TLS where the flags ask for that.
func (f *flags) dial(ctx context.Context) (net.Conn, error) {
	if f.tls != nil {
		return (&tls.Dialer{Config: f.tls}).DialContext(ctx, "tcp", f.Addr)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", f.Addr)
}

const bindSequence = 1

func (k *link) bind() error {
	systemID, password := k.load.flags.credentials(k.number)
	request := smpp.BindRequest{
		SystemID: []byte(systemID), Password: smpp.Secret(password), InterfaceVersion: 0x34,
	}
	k.conn.SetDeadline(time.Now().Add(k.load.flags.Timeout))
	defer k.conn.SetDeadline(time.Time{})
	header := smpp.Header{ID: k.load.flags.bindID(), Sequence: bindSequence}
	if _, err := k.conn.Write(request.Append(nil, header)); err != nil {
		return err
	}
	f, err := k.frames.Next()
	if err != nil {
		return fmt.Errorf("bind %d as %s: %w", k.number+1, systemID, err)
	}
	if f.ID() != header.ID.Response() || f.Sequence() != bindSequence || f.Status() != smpp.ESME_ROK {
		return fmt.Errorf("bind %d as %s: answered by %s", k.number+1, systemID, smpp.Trace(f))
	}
	return nil
}

func (k *link) signal() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// example keeps the first few faults in words.
func (k *link) example(format string, args ...any) {
	if len(k.examples) < maxExamples {
		k.examples = append(k.examples, fmt.Sprintf("bind %d: ", k.number+1)+fmt.Sprintf(format, args...))
	}
}

// close notes how the connection ended and what it leaves unanswered.
func (k *link) close(err error) {
	k.conn.Close()
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.ended {
		k.tally.CutOff++
		k.example("cut off: %v", err)
	}
	k.closed = true
	k.settle()
	k.giveUp(math.MaxInt64)
	k.tally.Unsent = k.pace.unsent(k.tally.Sent)
}

// giveUp counts what was sent before limit and has no answer as missing.
func (k *link) giveUp(limit time.Duration) {
	k.ledger.expire(limit, func(sequence uint32) {
		k.tally.Answers.Missing++
		k.example("no answer to sequence %d", sequence)
	})
}
