package smpptest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"

	"geogate/smpp"
)

// errEnded is MCSession.Err of a session that the MC has ended.
var errEnded = errors.New("ended by the message centre")

// MCSession is one connection of an MC. The exported methods are safe for several goroutines.
type MCSession struct {
	// static
	mc     *MC
	conn   net.Conn
	number int
	out    *outbox
	done   chan struct{}

	// owned by the reader
	frames   *FrameReader
	batch    []byte // answers to the frames of one read, written together
	release  bool   // the batch holds an answer, which held ones may follow
	held     []byte // answers that wait for the next one
	ending   bool   // nothing more is taken
	delta    Stats
	messages int // that came on this session
	dests    smpp.Destinations
	random   *rand.Rand

	sequence atomic.Uint32 // of requests that the MC sends
	gate     gate

	// guarded by mu
	mu       sync.Mutex
	state    State
	systemID string
	waiting  map[uint32]chan smpp.Frame
	err      error
}

func newMCSession(mc *MC, conn net.Conn, number int) *MCSession {
	s := &MCSession{
		mc: mc, conn: conn, number: number,
		out:     newOutbox(mc.clock),
		done:    make(chan struct{}),
		frames:  NewFrameReader(conn, mc.opts.MaxPDU),
		random:  rand.New(rand.NewPCG(uint64(mc.opts.Seed), uint64(number))),
		waiting: map[uint32]chan smpp.Frame{},
	}
	s.gate.init(conn)
	return s
}

// Number counts the sessions of an MC from 1.
func (s *MCSession) Number() int { return s.number }

// SystemID is the system_id of the accepted bind.
func (s *MCSession) SystemID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.systemID
}

// State is the session's state as the MC sees it.
func (s *MCSession) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Done is closed when the session has ended.
func (s *MCSession) Done() <-chan struct{} { return s.done }

// Err says why the session ended: io.EOF when the peer closed it; nil while it runs.
func (s *MCSession) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Received is every request of this session so far, in order.
func (s *MCSession) Received() []smpp.Frame { return s.records(false) }

// Responses is every response that the peer has sent on this session so far, in order.
func (s *MCSession) Responses() []smpp.Frame { return s.records(true) }

func (s *MCSession) records(responses bool) []smpp.Frame {
	var frames []smpp.Frame
	for _, r := range s.mc.Records() {
		if r.Session == s && r.Frame.ID().IsResponse() == responses {
			frames = append(frames, r.Frame)
		}
	}
	return frames
}

// NextSequence is the sequence_number for the next request of the MC: 1, 2, ...
func (s *MCSession) NextSequence() uint32 { return s.sequence.Add(1) }

// Send queues bytes, whole frames or not, to be written behind what is queued already. It does not wait.
func (s *MCSession) Send(b []byte) {
	s.mc.opts.Transcript.addBytes("M>", b)
	s.out.add(b)
}

// Do sends a request and returns a copy of the answer with its sequence_number.
func (s *MCSession) Do(ctx context.Context, request []byte) (smpp.Frame, error) {
	seq := smpp.Frame(request).Sequence()
	answer := make(chan smpp.Frame, 1)
	s.mu.Lock()
	s.waiting[seq] = answer
	s.mu.Unlock()
	s.Send(request)
	select {
	case f := <-answer:
		return f, nil
	case <-s.done:
		return nil, fmt.Errorf("session %d ended before the answer to sequence %d: %w", s.number, seq, s.Err())
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Unbind sends an unbind; the session closes when the answer has come.
func (s *MCSession) Unbind() {
	s.Send(end(begin(nil, smpp.IDUnbind, smpp.ESME_ROK, s.NextSequence()), 0))
}

// Close ends the session at once; what is not written yet is lost.
func (s *MCSession) Close() error {
	s.out.abandon()
	s.gate.resume()
	return s.conn.Close()
}

// Pause stops reading: the peer's octets stay in the sockets' buffers, then at the peer.
func (s *MCSession) Pause() { s.gate.pause() }

// Resume reads on.
func (s *MCSession) Resume() { s.gate.resume() }

func (s *MCSession) runWriter() {
	defer s.mc.wg.Done()
	s.out.run(s.conn)
}

func (s *MCSession) runReader() {
	defer s.mc.wg.Done()
	err := s.read()
	s.out.abandon()
	s.conn.Close()
	s.mu.Lock()
	s.err, s.state = err, Closed
	s.mu.Unlock()
	s.mc.count(&s.delta)
	s.mc.ended(s)
	close(s.done)
}

// read takes frames until the connection ends. Answers to frames that came together are handed over together.
func (s *MCSession) read() error {
	for {
		f, err := s.frames.Next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if s.out.finished() {
				return errEnded
			}
			s.gate.wait()
			continue
		}
		if err != nil {
			return s.broken(err)
		}
		s.take(f)
		if s.ending {
			s.discard()
			return errEnded
		}
		if s.gate.isPaused() || !s.frames.Ready() {
			s.handOver()
			s.gate.wait()
		}
	}
}

// broken ends the session: with an answer where the framing is lost (SMPP 3.4 s.4.3), without one otherwise.
func (s *MCSession) broken(err error) error {
	var framing *smpp.FrameError
	if !errors.As(err, &framing) {
		return err
	}
	s.delta.Broken++
	s.batch = end(begin(s.batch, smpp.IDGenericNack, smpp.ESME_RINVCMDLEN, 0), len(s.batch))
	s.handOver()
	s.out.finish(true)
	s.discard()
	return err
}

// discard reads until the peer or the writer closes: closing on unread octets would reset the connection, and
// the peer might lose our last answer.
func (s *MCSession) discard() { io.Copy(io.Discard, s.conn) }

// handOver gives the batch to the writer.
func (s *MCSession) handOver() {
	if s.mc.opts.Tap != nil {
		s.mc.opts.Tap.Flush(s)
	}
	s.mc.opts.Transcript.addBytes("M>", s.batch)
	s.mc.opts.Transcript.addBytes("M>", s.held)
	s.out.addBatch(s.batch, s.release, s.held, s.note)
	s.batch, s.release, s.held = s.batch[:0], false, s.held[:0]
}

// note makes the session's counters part of the MC's.
func (s *MCSession) note() { s.mc.count(&s.delta) }
