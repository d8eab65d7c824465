package proxy

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"geogate/rules"
	"geogate/smpp"
)

// sink is a connection that takes everything, and says what it is given to say, one piece a read.
type sink struct {
	reads
	got  []byte // kept when keep is set
	keep bool
}

func (s *sink) Write(b []byte) (int, error) {
	if s.keep {
		s.got = append(s.got, b...)
	}
	return len(b), nil
}

func (s *sink) Close() error                     { return nil }
func (s *sink) SetReadDeadline(time.Time) error  { return nil }
func (s *sink) SetWriteDeadline(time.Time) error { return nil }
func (s *sink) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// desk is a bound pair without sockets: a test puts octets into its inboxes and runs the loops' bodies
// itself.
type desk struct {
	*pair
	esme, mc *sink
	orders   *orders
}

func newDesk(t testing.TB, w rules.Written, keep bool) *desk {
	orders := &orders{}
	orders.give(t, w)
	d := deskAt(deskServer(t, orders), "acme", keep)
	d.orders = orders
	return d
}

func deskServer(t testing.TB, policies *orders) *Server {
	srv, err := New(Config{
		Upstreams:       map[string]Upstream{"mc": {Addrs: []string{"127.0.0.1:1"}}},
		DefaultUpstream: "mc", Policies: policies,
	})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

func deskAt(srv *Server, account string, keep bool) *desk {
	d := &desk{esme: &sink{keep: keep}, mc: &sink{keep: keep}}
	d.pair = newPair(srv, d.esme, 1)
	d.join(&link{conn: d.mc, inbox: newInbox(d.mc, smpp.DefaultMaxPDU)})
	d.grant = grant{systemID: account, account: account}
	d.session.setState(BoundTRX)
	return d
}

// put makes stream what was read.
func (in *inbox) put(stream []byte) {
	if len(in.buf) < len(stream) {
		in.buf = make([]byte, len(stream))
	}
	in.r, in.w = 0, copy(in.buf, stream)
}

// fromBoth runs one batch each way.
func (d *desk) fromBoth(t testing.TB, fromESME, fromMC []byte) {
	d.in.put(fromESME)
	if !d.takeBatch() {
		t.Fatal("session ended")
	}
	d.fwd.reset()
	d.mcIn.put(fromMC)
	if !d.relayBatch() {
		t.Fatal("session ended")
	}
	d.back.reset()
}

// mix is n submits of which every k-th is refused, and the answers to the others.
func mix(n, k int) (submits, answers []byte) {
	for i := range n {
		seq, dest := uint32(i+1), open
		if k > 0 && i%k == 0 {
			dest = closed
		} else {
			answers = append(answers, raw(smpp.IDSubmitSMResp, seq, "0123456789\x00")...)
		}
		submits = append(submits, submit(seq, dest)...)
	}
	return submits, answers
}

func TestAllocBatch(t *testing.T) {
	respelled := slices.Concat(submit(1, open), submit(2, "+"+open), submit(3, open))
	allowed, allowedAnswers := mix(100, 0)
	refused, _ := mix(100, 1)
	mixed, mixedAnswers := mix(100, 4)
	links, linkAnswers := header(smpp.IDEnquireLink, 5), header(smpp.IDEnquireLinkResp, 5)
	for name, test := range map[string]struct{ submits, answers []byte }{
		"forwarded": {allowed, allowedAnswers}, "refused": {refused, nil}, "mixed": {mixed, mixedAnswers},
		"in words":  {refused, nil},
		"rewritten": {respelled, allowedAnswers[:3*len(raw(smpp.IDSubmitSMResp, 1, "0123456789\x00"))]},
		"links":     {bytes.Repeat(links, 100), bytes.Repeat(linkAnswers, 100)},
	} {
		d := newDesk(t, acme(), false)
		d.cfg.StatusText = name == "in words"
		d.fromBoth(t, test.submits, test.answers) // grows the buffers
		if n := testing.AllocsPerRun(100, func() { d.fromBoth(t, test.submits, test.answers) }); n != 0 {
			t.Errorf("%s: %v allocations a batch", name, n)
		}
		if d.toMC.inFlight() != 0 {
			t.Errorf("%s: %d in flight", name, d.toMC.inFlight())
		}
	}
}

// TestBatchCopiesNothing checks that what is forwarded whole goes out of the read buffer itself.
func TestBatchCopiesNothing(t *testing.T) {
	d := newDesk(t, acme(), true)
	stream, _ := mix(50, 0)
	d.in.put(stream)
	d.takeBatch()
	out := d.fwd.bytes()
	if len(d.fwd.copied) != 0 || &out[0] != &d.in.buf[0] || !bytes.Equal(d.mc.got, stream) {
		t.Fatal("copied, or not forwarded")
	}
}

// TestForwardedByteForByte sends messages with random fields and TLVs: the message centre gets those that are
// allowed, octet for octet, and the answers are as many as the others.
func TestForwardedByteForByte(t *testing.T) {
	t.Parallel()
	d := newDesk(t, acme(), true)
	random := rand.New(rand.NewPCG(3, 4))
	text := func(max int) []byte {
		b := make([]byte, random.IntN(max+1))
		for i := range b {
			b[i] = byte(1 + random.IntN(255))
		}
		return b
	}
	for range 300 {
		var stream, forwarded, refused []byte
		for seq := range uint32(random.IntN(40)) {
			dest := []string{open, closed}[random.IntN(2)]
			sm := smpp.SubmitSM{
				ServiceType: text(5), Source: smpp.Address{TON: byte(random.IntN(7)), Addr: text(20)},
				Dest:     smpp.Address{TON: 1, NPI: 1, Addr: []byte(dest)},
				ESMClass: byte(random.IntN(256)), DataCoding: byte(random.IntN(256)), ShortMessage: text(254),
			}
			for range random.IntN(5) {
				sm.TLVs = append(sm.TLVs, smpp.TLV{Tag: smpp.Tag(random.IntN(1 << 16)), Value: text(40)})
			}
			f := sm.Append(nil, smpp.Header{Sequence: seq})
			stream = append(stream, f...)
			if dest == open {
				forwarded = append(forwarded, f...)
			} else {
				refused = smpp.AppendHeader(refused, smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR, seq)
			}
		}
		d.esme.got, d.mc.got = nil, nil
		d.fromBoth(t, stream, nil)
		if !bytes.Equal(d.mc.got, forwarded) || !bytes.Equal(d.esme.got, refused) {
			t.Fatalf("of %d octets %d forwarded, want %d; %d answered, want %d",
				len(stream), len(d.mc.got), len(forwarded), len(d.esme.got), len(refused))
		}
	}
}

// BenchmarkBatch is one submit and its answer through both loops' bodies, sockets not counted. An observer hears of
// refusals, and where it is recorded of every message.
func BenchmarkBatch(b *testing.B) {
	for _, bench := range []struct {
		name     string
		k        int
		recorded bool
	}{{"forwarded", 0, false}, {"refused", 1, false}, {"mixed", 4, false}, {"recorded", 0, true}} {
		for _, n := range []int{1, 10, 100} {
			b.Run(fmt.Sprintf("%s/%d", bench.name, n), func(b *testing.B) {
				d := newDesk(b, acme(), false)
				d.cfg.RefusalsOnly = !bench.recorded
				submits, answers := mix(n, bench.k)
				b.ReportAllocs()
				b.ResetTimer()
				for i := 0; i < b.N; i += n {
					d.fromBoth(b, submits, answers)
				}
			})
		}
	}
}

// BenchmarkCrowd is one submit and its answer among many sessions of an event loop, each of an account of its own with
// 30 rules: next to nothing of a session is in the processor's caches when its turn comes.
func BenchmarkCrowd(b *testing.B) {
	for _, sessions := range []int{10, 1000} {
		o := &orders{}
		o.give(b, manyAccounts(sessions))
		srv := deskServer(b, o)
		var l loop
		desks := make([]*desk, sessions)
		for i := range desks {
			desks[i] = deskAt(srv, fmt.Sprint("a", i), false)
			desks[i].cfg.RefusalsOnly = true
			l.lend(desks[i].pair)
		}
		rand.New(rand.NewPCG(5, 6)).Shuffle(sessions, func(i, j int) { desks[i], desks[j] = desks[j], desks[i] })
		for _, n := range []int{1, 5} {
			submits, answers := mix(n, 0)
			buffer, other := make([]byte, batchBuffer), make([]byte, batchBuffer)
			b.Run(fmt.Sprintf("%d sessions, batches of %d", sessions, n), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; i < b.N; i += n {
					d := desks[i/n%sessions]
					d.in.buf, d.mcIn.buf = buffer, other
					d.fromBoth(b, submits, answers)
				}
			})
		}
	}
}

// manyAccounts is a policy of accounts a0, a1, ... with 30 rules each.
func manyAccounts(n int) rules.Written {
	w := rules.Written{Accounts: map[string]map[string]string{}}
	for a := range n {
		account := map[string]string{"home": "GB"}
		for _, r := range strings.Fields("FR DE ES IT PL NL BE AT CH SE NO DK FI PT IE") {
			account[r] = "allow"
		}
		for i := range 14 {
			account[fmt.Sprintf("+2526%d%03d", i%10, (a+i)%1000)] = "block"
		}
		w.Accounts[fmt.Sprint("a", a)] = account
	}
	return w
}
