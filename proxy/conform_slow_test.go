package proxy

import (
	"bytes"
	"net"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// mostHeld is what a pair may take from a side whose octets go nowhere: the sockets' buffers of both of its
// connections, which Linux lets grow to 72 MiB. It is far from what is sent.
const mostHeld = 96 << 20

// rawMC is a message centre that takes one bind and leaves the connection to the test.
func rawMC(t *testing.T) (addr string, bound <-chan net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		bind, err := smpp.ReadFrame(conn, nil, 1000)
		if err != nil {
			return
		}
		resp := smpp.BindResponse{SystemID: []byte("MC")}
		conn.Write(resp.Append(nil, smpp.Header{ID: bind.ID().Response(), Sequence: bind.Sequence()}))
		conns <- conn
	}()
	t.Cleanup(func() { l.Close() })
	return l.Addr().String(), conns
}

// flood writes until the connection takes no more, and returns how much it took.
func flood(conn net.Conn, frame []byte) (octets int) {
	piece := bytes.Repeat(frame, 1+(32<<10)/len(frame))
	conn.SetWriteDeadline(time.Now().Add(patience))
	for octets < 4*mostHeld {
		n, err := conn.Write(piece)
		if octets += n; err != nil {
			break
		}
	}
	return octets
}

// TestConformanceD24MemoryIsBounded has one side send without end while the other one reads nothing, in either
// direction: TCP holds the sender back, nothing is kept in memory, and the pair ends by the write deadline, alone. It is
// not parallel: it looks at the heap.
func TestConformanceD24MemoryIsBounded(t *testing.T) {
	text := bytes.Repeat([]byte("x"), 200)
	sm := smpp.SubmitSM{Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte(open)}, ShortMessage: text}
	delivery := smpp.DeliverSM{Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte(open)}, ShortMessage: text}
	for name, test := range map[string]struct {
		frame  []byte
		fromMC bool
		want   Cause
	}{
		"D24: deliveries, and an ESME that reads nothing":        {delivery.Append(nil, smpp.Header{Sequence: 1}), true, ESMESlow},
		"D25: messages, and a message centre that reads nothing": {sm.Append(nil, smpp.Header{Sequence: 1}), false, MCSlow},
	} {
		t.Run(name, func(t *testing.T) {
			addr, bound := rawMC(t)
			r := newRig(t, smpptest.MCOptions{Forget: true}, func(c *Config) {
				c.WriteDeadline = time.Second
				c.Upstreams["raw"] = Upstream{Addrs: []string{addr}}
			})
			w := acme()
			w.Accounts["raw"] = map[string]string{"home": "GB", "upstream": "raw"}
			r.give(t, w)
			other := r.trx()
			esme := dialTCP(t, r.addr)
			esme.Write(bindPDU(1, "raw", ""))
			if f, err := smpp.ReadFrame(esme, nil, 1000); err != nil || f.Status() != smpp.ESME_ROK {
				t.Fatal(f, err)
			}
			centre := <-bound
			defer centre.Close()
			sender := esme
			if test.fromMC {
				sender = centre
			}
			before, most := heap(), uint64(0)
			done := make(chan int)
			go func() { done <- flood(sender, test.frame) }()
			taken := -1
			for taken < 0 {
				select {
				case taken = <-done:
				case <-time.After(20 * time.Millisecond):
					most = max(most, heap())
				}
			}
			if most > before+8<<20 {
				t.Errorf("the heap grew from %d to %d", before, most)
			}
			if taken > mostHeld {
				t.Errorf("the sender was not held back: %d octets", taken)
			}
			if end := r.ended(t, 1); end.Cause != test.want {
				t.Error(end)
			}
			linkUp(t, other)
		})
	}
}
