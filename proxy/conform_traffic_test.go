package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestConformanceD24ESMENeverReads(t *testing.T) {
	t.Parallel()
	for name, dest := range map[string]string{"refusals": closed, "relays": open} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, smpptest.MCOptions{Forget: true}, func(c *Config) { c.WriteDeadline = time.Second })
			conn, _ := r.bare()
			other := r.trx()
			stream := bytes.Repeat(submit(1, dest), 500)
			for _, err := conn.Write(stream); err == nil; _, err = conn.Write(stream) {
			}
			if end := r.ended(t, 1); end.Cause != ESMESlow {
				t.Fatal(end)
			}
			linkUp(t, other)
		})
	}
}

func TestConformanceD25MessageCentreNeverReads(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Forget: true}, func(c *Config) { c.WriteDeadline = time.Second })
	conn, _ := r.bare()
	r.link().Pause()
	other := r.trx()
	go io.Copy(io.Discard, conn)
	stream := bytes.Repeat(submit(1, open), 500)
	for _, err := conn.Write(stream); err == nil; _, err = conn.Write(stream) {
	}
	if end := r.ended(t, 1); end.Cause != MCSlow || end.Unanswered == 0 {
		t.Fatal(end)
	}
	linkUp(t, other)
}

func TestConformanceD26AnswersAsGiven(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var held []byte
	r := newRig(t, smpptest.MCOptions{Behave: func(s *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		mu.Lock()
		defer mu.Unlock()
		seq := f.Sequence()
		switch {
		case f.ID().IsBind():
			return smpptest.Action{}
		case seq == 101: // late, twice
			held = slices.Concat(header(smpp.IDSubmitSMResp, 101), header(smpp.IDSubmitSMResp, 101))
			return smpptest.Action{Fault: smpptest.Silence}
		case seq == 102: // with the wrong command
			return smpptest.Action{Fault: smpptest.WrongCommand}
		}
		return smpptest.Action{Raw: append(raw(smpp.IDSubmitSMResp, seq, "id\x00"), held...)}
	}}, nil)
	e := r.trx()
	send(t, e, slices.Concat(submit(101, open), submit(102, open), submit(103, open)))
	for _, wanted := range []struct {
		id  smpp.CommandID
		seq uint32
	}{
		{smpp.IDDataSMResp, 102}, {smpp.IDSubmitSMResp, 103},
		{smpp.IDSubmitSMResp, 101}, {smpp.IDSubmitSMResp, 101},
	} {
		checkHeader(t, recv(t, e), wanted.id, smpp.ESME_ROK, wanted.seq)
	}
	r.wait(t, "counted", func() bool { return r.events[UnaskedMC] == 1 })
	if info := r.srv.Sessions()[0]; info.InFlight != 0 || info.Requests != 4 || info.Forwarded != 4 {
		t.Fatalf("%+v", info)
	}
}

func TestConformanceD27NackAndBodilessErrors(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		switch f.Sequence() {
		case 101:
			return smpptest.Action{Fault: smpptest.Nack}
		case 102:
			return smpptest.Action{Status: smpp.ESME_RMSGQFUL}
		}
		return smpptest.Action{}
	}}, nil)
	e := r.trx()
	want(t, e, submit(101, open), smpp.IDGenericNack, smpp.ESME_RSYSERR)
	want(t, e, submit(102, open), smpp.IDSubmitSMResp, smpp.ESME_RMSGQFUL)
	want(t, e, multi(101, open, closed), smpp.IDGenericNack, smpp.ESME_RSYSERR)
	want(t, e, multi(102, open, closed), smpp.IDSubmitMultiResp, smpp.ESME_RMSGQFUL)
	linkUp(t, e)
	r.wantNoneInFlight(t, e)
}

func TestConformanceD28MessageCentreCloses(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Behave: func(_ *smpptest.MCSession, f smpp.Frame) smpptest.Action {
		switch f.Sequence() {
		case 102, 103:
			return smpptest.Action{Fault: smpptest.Silence}
		case 104:
			return smpptest.Action{Fault: smpptest.CloseAnswered}
		}
		return smpptest.Action{}
	}}, nil)
	e := r.trx()
	send(t, e, slices.Concat(submit(101, open), submit(102, open), submit(103, open), submit(105, closed)))
	send(t, e, submit(104, open))
	frames := wantClosed(t, e)
	var answered []uint32
	for _, f := range frames {
		answered = append(answered, f.Sequence())
	}
	slices.Sort(answered)
	if !slices.Equal(answered, []uint32{101, 104, 105}) || e.InFlight() != 2 {
		t.Fatalf("got\n%s", traces(frames))
	}
	if end := r.ended(t, 1); end != (End{Cause: MCClosed, Unanswered: 2}) {
		t.Fatal(end)
	}
}

func TestConformanceD29RefusalsDoNotWait(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Behave: silentOn(smpp.IDSubmitSM)}, nil)
	e := r.trx()
	for seq := uint32(100); seq < 200; seq++ {
		send(t, e, submit(seq, open))
	}
	want(t, e, submit(200, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	if info := r.srv.Sessions()[0]; info.InFlight != 100 {
		t.Fatalf("%+v", info)
	}
}

// TestConformanceD30RefusalBurst floods 100,000 refusals, and goes on until the message centre's deliveries
// have come through: every request is answered once, no delivery starves, and the heap is what it was. The
// client is a bare connection, which keeps nothing.
func TestConformanceD30RefusalBurst(t *testing.T) {
	r := newRig(t, smpptest.MCOptions{Forget: true}, nil)
	conn, frames := r.bare()
	const n, per, deliveries = 100_000, 500, 200
	var enough atomic.Bool
	total := make(chan uint32, 1)
	before := heap()
	go func() {
		sent := uint32(0)
		stream := make([]byte, 0, per*len(submit(0, closed)))
		for round := uint32(0); sent < n || !enough.Load(); round++ {
			stream = stream[:0]
			for range per {
				stream = append(stream, submit(sent, closed)...)
				sent++
			}
			if _, err := conn.Write(stream); err != nil {
				return
			}
			if round < deliveries {
				r.link().Send(deliver(round, "meanwhile"))
			}
		}
		conn.Write(header(smpp.IDEnquireLink, sent)) // its answer is behind all refusals
		total <- sent
	}()
	next, delivered := uint32(0), 0
	for {
		f, err := frames.Next()
		if err != nil {
			t.Fatal(err)
		}
		if f.ID() == smpp.IDDeliverSM {
			delivered++
			enough.Store(delivered == deliveries)
			continue
		}
		if f.ID() == smpp.IDEnquireLinkResp {
			break
		}
		checkHeader(t, f, smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR, next)
		next++
	}
	if sent := <-total; next < n || next != sent {
		t.Fatalf("%d refused, %d sent", next, sent)
	}
	if after := heap(); after > before+1<<20 {
		t.Errorf("heap grew from %d to %d", before, after)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// bare is a connection bound as acme, with a reader of its frames.
func (r *rig) bare() (net.Conn, *smpptest.FrameReader) {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(2 * patience))
	bind := smpp.BindRequest{SystemID: []byte("acme")}
	conn.Write(bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1}))
	frames := smpptest.NewFrameReader(conn, 0)
	if f, err := frames.Next(); err != nil || f.Status() != smpp.ESME_ROK {
		r.t.Fatal(f, err)
	}
	return conn, frames
}

// TestConformanceD31BothDirectionsFull keeps both directions busy with far more than the sockets hold, at
// several windows; the peers read and write independently, the proxy must not tie the directions together.
func TestConformanceD31BothDirectionsFull(t *testing.T) {
	t.Parallel()
	for _, window := range []int{1, 10, 1000, 20_000} {
		t.Run(fmt.Sprint(window), func(t *testing.T) {
			r := newRig(t, smpptest.MCOptions{Forget: true, Script: smpptest.Script{AllReceipts: true}}, nil)
			e := r.trx()
			e.AnswerAll()
			n := uint32(min(20_000, 2000*window))
			credit := make(chan struct{}, window)
			go func() {
				for seq := uint32(1); seq <= n; seq++ {
					credit <- struct{}{}
					dest := open
					if seq%2 == 0 {
						dest = closed
					}
					if e.Send(submit(100+seq, dest)) != nil {
						return
					}
				}
			}()
			answers, receipts := uint32(0), uint32(0)
			for answers < n || receipts < n/2 {
				if recv(t, e).ID() == smpp.IDDeliverSM {
					receipts++
				} else {
					answers++
					<-credit
				}
			}
			if e.Faults() != nil || e.InFlight() != 0 {
				t.Fatal(e.Faults(), e.InFlight())
			}
		})
	}
}

// TestConformanceD31SlowReaders lets both peers stop reading while both write, then read on.
func TestConformanceD31SlowReaders(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Forget: true}, nil)
	e := r.trx()
	link := r.link()
	e.Pause()
	link.Pause()
	const n = 30_000
	var wg sync.WaitGroup
	wg.Go(func() {
		for seq := uint32(1); seq <= n; seq++ {
			dest := open
			if seq%2 == 0 {
				dest = closed
			}
			if e.Send(submit(100+seq, dest)) != nil {
				return
			}
		}
	})
	for seq := uint32(1); seq <= n; seq++ {
		link.Send(deliver(seq, "a text of some length, so that the sockets fill up: 0123456789 0123456789"))
	}
	e.Resume()
	link.Resume()
	answers, deliveries := 0, 0
	for answers < n || deliveries < n {
		if recv(t, e).ID() == smpp.IDDeliverSM {
			deliveries++
		} else {
			answers++
		}
	}
	wg.Wait()
	if e.Faults() != nil || e.InFlight() != 0 {
		t.Fatal(e.Faults(), e.InFlight())
	}
}

// TestConformanceD32ManyBinds is the shape of it: the numbers are cmd/esmeload's.
func TestConformanceD32ManyBinds(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Forget: true}, nil)
	for round := range 3 { // all drop and return at once
		const n = 200
		conns := make([]net.Conn, n)
		var wg sync.WaitGroup
		for i := range conns {
			wg.Go(func() {
				conn, err := net.Dial("tcp", r.addr)
				if err != nil {
					t.Error(err)
					return
				}
				conns[i] = conn
				bind := smpp.BindRequest{SystemID: []byte("acme")}
				conn.Write(bind.Append(nil, smpp.Header{ID: smpp.IDBindTransceiver, Sequence: 1}))
				f, err := smpp.ReadFrame(conn, nil, 1000)
				if err != nil || f.Status() != smpp.ESME_ROK {
					t.Error(f, err)
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
		for _, conn := range conns {
			conn.Close()
		}
	}
	r.ended(t, 600)
}

func TestConformanceD33EnquireLinkStorm(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{Forget: true}, nil)
	e := r.trx()
	const n = 20_000
	var stream []byte
	for seq := uint32(100); seq < 100+n; seq++ {
		stream = append(stream, header(smpp.IDEnquireLink, seq)...)
	}
	go e.Send(stream)
	for range n {
		if f := recv(t, e); f.ID() != smpp.IDEnquireLinkResp {
			t.Fatal(smpp.Trace(f))
		}
	}
	if got := r.mc.Stats().Requests; got != n+1 {
		t.Fatalf("message centre got %d", got)
	}
	r.link().Send(header(smpp.IDEnquireLink, 5))
	checkHeader(t, recv(t, e), smpp.IDEnquireLink, smpp.ESME_ROK, 5)
	if e.Faults() != nil {
		t.Fatal(e.Faults())
	}
}
