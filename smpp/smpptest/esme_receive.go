package smpptest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"geogate/smpp"
)

// Recv returns the next frame that no Do waited for, requests of the message centre included, as a copy. Once
// the connection has ended and all is handed out, it returns why: io.EOF when the peer closed it.
func (e *ESME) Recv(ctx context.Context) (smpp.Frame, error) {
	for {
		f, ended := e.pop()
		if f != nil {
			return f, nil
		}
		if ended {
			return nil, e.ended()
		}
		select {
		case <-e.arrived:
		case <-e.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (e *ESME) pop() (smpp.Frame, bool) {
	var ended bool
	select {
	case <-e.done: // nothing is queued behind this
		ended = true
	default:
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) == 0 {
		return nil, ended
	}
	f := e.queue[0]
	e.queue = e.queue[1:]
	if len(e.queue) > 0 {
		e.signal() // for another Recv
	}
	return f, false
}

func (e *ESME) signal() {
	select {
	case e.arrived <- struct{}{}:
	default:
	}
}

func (e *ESME) ended() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

func (e *ESME) runReader() {
	defer close(e.done)
	for {
		f, err := e.frames.Next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			e.gate.wait()
			continue
		}
		if err != nil {
			e.stop(err)
			return
		}
		if request := e.take(append(smpp.Frame(nil), f...)); request != nil {
			e.Answer(request, smpp.ESME_ROK)
		}
		e.gate.wait()
	}
}

func (e *ESME) stop(err error) {
	e.conn.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err, e.state = err, Closed
	if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
		e.faults = append(e.faults, fmt.Errorf("connection: %w", err))
	}
}

// take checks f and hands it on. It returns f when AnswerAll wants it answered.
func (e *ESME) take(f smpp.Frame) (toAnswer smpp.Frame) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.transcript.add("E<", f)
	if !f.ID().IsResponse() {
		e.checkRequest(f)
		e.enqueue(f)
		if e.answerAll && f.ID().Response() != smpp.IDGenericNack {
			return f
		}
		return nil
	}
	e.checkResponse(f)
	seq := f.Sequence()
	waiting := e.waiting[seq]
	if len(waiting) == 0 {
		e.enqueue(f)
		return nil
	}
	waiting[0] <- f
	if e.waiting[seq] = waiting[1:]; len(waiting) == 1 {
		delete(e.waiting, seq)
	}
	return nil
}

func (e *ESME) enqueue(f smpp.Frame) {
	e.queue = append(e.queue, f)
	e.signal()
}
