package e2e

import (
	"io"
	"net"
	"sync"
	"testing"

	"geogate/smpp"
)

// tap stands between an ESME and Geogate and keeps every PDU that the ESME sent, so that a test can compare
// them with what the message centre received.
type tap struct {
	addr string
	mu   sync.Mutex
	sent [][]byte // one stream per connection
}

func newTap(t *testing.T, upstream string) *tap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tp := &tap{addr: l.Addr().String()}
	var running sync.WaitGroup
	running.Go(func() { tp.accept(l, upstream, &running) })
	t.Cleanup(func() {
		l.Close()
		running.Wait()
	})
	return tp
}

func (tp *tap) accept(l net.Listener, upstream string, running *sync.WaitGroup) {
	for {
		esme, err := l.Accept()
		if err != nil {
			return
		}
		proxy, err := net.Dial("tcp", upstream)
		if err != nil {
			esme.Close()
			continue
		}
		tp.mu.Lock()
		stream := len(tp.sent)
		tp.sent = append(tp.sent, nil)
		tp.mu.Unlock()
		running.Go(func() {
			_, _ = io.Copy(io.MultiWriter(proxy, recorder{tp, stream}), esme)
			proxy.Close()
		})
		running.Go(func() {
			_, _ = io.Copy(esme, proxy)
			esme.Close()
		})
	}
}

type recorder struct {
	tap    *tap
	stream int
}

func (r recorder) Write(b []byte) (int, error) {
	r.tap.mu.Lock()
	defer r.tap.mu.Unlock()
	r.tap.sent[r.stream] = append(r.tap.sent[r.stream], b...)
	return len(b), nil
}

// frames returns what all ESMEs sent of the given commands, in the order of each connection.
func (tp *tap) frames(t *testing.T, ids ...smpp.CommandID) []smpp.Frame {
	t.Helper()
	tp.mu.Lock()
	defer tp.mu.Unlock()
	var found []smpp.Frame
	for _, stream := range tp.sent {
		for len(stream) > 0 {
			n, err := smpp.FrameLen(stream, smpp.DefaultMaxPDU)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 || n > len(stream) {
				break
			}
			if f := smpp.Frame(stream[:n]); oneOf(f.ID(), ids) {
				found = append(found, append(smpp.Frame(nil), f...))
			}
			stream = stream[n:]
		}
	}
	return found
}

func oneOf(id smpp.CommandID, ids []smpp.CommandID) bool {
	for _, wanted := range ids {
		if id == wanted {
			return true
		}
	}
	return false
}
