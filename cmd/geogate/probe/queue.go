package probe

import (
	"net"
	"sync"
	"time"
)

// queue writes what is added to it, in its order; what is added first goes before the rest. Each write has a
// deadline, behind which the connection is closed.
type queue struct {
	conn     net.Conn
	patience time.Duration
	done     chan struct{}

	mu          sync.Mutex
	changed     sync.Cond
	first, rest [][]byte
	stopped     bool
}

func newQueue(c net.Conn, patience time.Duration) *queue {
	q := &queue{conn: c, patience: patience, done: make(chan struct{})}
	q.changed.L = &q.mu
	go q.run()
	return q
}

func (q *queue) add(pieces ...[]byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rest = append(q.rest, pieces...)
	q.changed.Signal()
}

func (q *queue) addFirst(piece []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.first = append(q.first, piece)
	q.changed.Signal()
}

// stop drops what is left and returns when nothing is written any more. The connection is closed already.
func (q *queue) stop() {
	q.mu.Lock()
	q.stopped = true
	q.changed.Signal()
	q.mu.Unlock()
	<-q.done
}

func (q *queue) run() {
	defer close(q.done)
	for {
		piece := q.take()
		if piece == nil {
			return
		}
		q.conn.SetWriteDeadline(time.Now().Add(q.patience))
		if _, err := q.conn.Write(piece); err != nil {
			return // closed, perhaps: what came before that can still be read
		}
	}
}

// take waits for the next piece; nil: there is none any more.
func (q *queue) take() []byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.stopped {
		for _, lane := range []*[][]byte{&q.first, &q.rest} {
			if len(*lane) > 0 {
				piece := (*lane)[0]
				*lane = (*lane)[1:]
				return piece
			}
		}
		q.changed.Wait()
	}
	return nil
}
