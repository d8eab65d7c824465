package smpptest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"geogate/smpp"
)

// ESME is a scripted client. It is strict: every answer must belong to a request that is in flight, in kind
// and with its sequence_number, and every request of the message centre must suit the session's state; what
// does not is a fault (Faults). It answers nothing by itself unless told (AnswerAll). Its methods are safe
// for several goroutines.
type ESME struct {
	conn   net.Conn
	frames *FrameReader // owned by the reader
	done   chan struct{}
	gate   gate

	writing sync.Mutex // held for one Send

	mu         sync.Mutex
	transcript *Transcript
	answerAll  bool
	sequence   uint32
	state      State
	unparsed   []byte // sent octets that are no whole frame yet
	unframed   bool   // the octets sent can no longer be cut
	inFlight   map[uint32][]smpp.CommandID
	waiting    map[uint32][]chan smpp.Frame
	queue      []smpp.Frame
	arrived    chan struct{} // capacity 1
	faults     []error
	err        error // why the session ended
}

// Dial connects to addr. Close the ESME.
func Dial(ctx context.Context, addr string) (*ESME, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return NewESME(conn), nil
}

// NewESME makes conn a session in state OPEN and owns it. Close the ESME.
func NewESME(conn net.Conn) *ESME {
	e := &ESME{
		conn:     conn,
		frames:   NewFrameReader(conn, 0),
		done:     make(chan struct{}),
		inFlight: map[uint32][]smpp.CommandID{},
		waiting:  map[uint32][]chan smpp.Frame{},
		arrived:  make(chan struct{}, 1),
	}
	e.gate.init(conn)
	go e.runReader()
	return e
}

// Record writes E> and E< lines to t from here on.
func (e *ESME) Record(t *Transcript) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.transcript = t
}

// AnswerAll makes the ESME answer every deliver_sm, data_sm, enquire_link and unbind of the message centre
// with ESME_ROK from here on. They still come out of Recv.
func (e *ESME) AnswerAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answerAll = true
}

// NextSequence is the next sequence_number: 1, 2, ...
func (e *ESME) NextSequence() uint32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sequence++
	return e.sequence
}

// State is the session's state as the ESME sees it.
func (e *ESME) State() State {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.state
}

// Faults is what the peer has done wrong so far; nil is right.
func (e *ESME) Faults() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return errors.Join(e.faults...)
}

// InFlight is the number of requests sent that have no answer yet.
func (e *ESME) InFlight() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, ids := range e.inFlight {
		n += len(ids)
	}
	return n
}

// Pause stops reading: what the peer sends stays in the sockets' buffers, then at the peer.
func (e *ESME) Pause() { e.gate.pause() }

// Resume reads on.
func (e *ESME) Resume() { e.gate.resume() }

// Done is closed when the connection has ended.
func (e *ESME) Done() <-chan struct{} { return e.done }

// Close ends the connection at once and returns when nothing of the ESME runs any more.
func (e *ESME) Close() error {
	err := e.conn.Close()
	e.gate.resume()
	<-e.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Send writes octets: one frame, several, a piece of one, or anything else. It blocks as TCP does. Requests
// in it are noted as in flight once their last octet is sent.
func (e *ESME) Send(b []byte) error {
	e.writing.Lock()
	defer e.writing.Unlock()
	e.note(b)
	_, err := e.conn.Write(b)
	return err
}

// note follows what is sent, frame by frame.
func (e *ESME) note(b []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.unframed {
		return
	}
	e.unparsed = append(e.unparsed, b...)
	rest := e.unparsed
	for {
		n, err := smpp.FrameLen(rest, maxTraced)
		if err != nil {
			e.unframed = true
			e.transcript.addBytes("E>", rest)
			return
		}
		if n == 0 {
			e.unparsed = append(e.unparsed[:0], rest...)
			return
		}
		e.noteFrame(smpp.Frame(rest[:n]))
		rest = rest[n:]
	}
}

func (e *ESME) noteFrame(f smpp.Frame) {
	e.transcript.add("E>", f)
	id := f.ID()
	if !id.IsResponse() {
		e.inFlight[f.Sequence()] = append(e.inFlight[f.Sequence()], id)
	}
}

// Do sends one request and returns a copy of the response with its sequence_number, whatever its kind.
func (e *ESME) Do(ctx context.Context, request []byte) (smpp.Frame, error) {
	seq := smpp.Frame(request).Sequence()
	answer := make(chan smpp.Frame, 1)
	e.mu.Lock()
	e.waiting[seq] = append(e.waiting[seq], answer)
	e.mu.Unlock()
	if err := e.Send(request); err != nil {
		return nil, err
	}
	select {
	case f := <-answer:
		return f, nil
	case <-e.done:
		select {
		case f := <-answer:
			return f, nil
		default:
			return nil, fmt.Errorf("no answer to sequence %d: %w", seq, e.ended())
		}
	case <-ctx.Done():
		return nil, fmt.Errorf("no answer to sequence %d: %w", seq, ctx.Err())
	}
}

// Answer answers a request of the message centre, in kind and with its sequence_number.
func (e *ESME) Answer(request smpp.Frame, st smpp.Status) error {
	return e.Send(appendESMEAnswer(nil, request.Header(), st))
}

func appendESMEAnswer(dst []byte, h smpp.Header, st smpp.Status) []byte {
	start := len(dst)
	dst = begin(dst, h.ID.Response(), st, h.Sequence)
	if st == smpp.ESME_ROK && (h.ID == smpp.IDDeliverSM || h.ID == smpp.IDDataSM) {
		dst = append(dst, 0) // message_id, unused: SMPP 3.4 s.4.6.2
	}
	return end(dst, start)
}
