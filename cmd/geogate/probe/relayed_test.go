package probe

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// relay is a proxy that hands frames on, but for what spoils them.
type relay struct {
	up, down func(smpp.Frame) []byte // what goes on in place of a frame; nil: the frame itself
	end      func() []byte           // what the ESME gets when the message centre has closed; nil: nothing
}

// target starts the relay, in front of a message centre that the probe will be.
func (r relay) target(t *testing.T) *Target {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := &Target{
		MC: free(t), SystemID: "acme", To: "447400123456", Patience: 15 * time.Second, Heavy: 30, Parallel: 4,
		Dial: func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		},
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			esme, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { r.serve(esme, target.MC) })
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait() })
	return target
}

// free is an address that nobody listens at.
func free(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (r relay) serve(esme net.Conn, centre string) {
	defer esme.Close()
	mc, err := net.Dial("tcp", centre)
	if err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { hand(mc, esme, r.up, nil) })
	both.Go(func() { hand(esme, mc, r.down, r.end) })
	both.Wait()
}

// hand hands frames on until there are no more.
func hand(to, from net.Conn, spoil func(smpp.Frame) []byte, end func() []byte) {
	defer to.Close()
	frames := smpptest.NewFrameReader(from, 0)
	for {
		f, err := frames.Next()
		if err != nil {
			break
		}
		octets := []byte(f)
		if spoil != nil {
			octets = spoil(f)
		}
		if _, err := to.Write(octets); err != nil {
			return
		}
	}
	if end != nil {
		to.Write(end())
	}
}

// only spoils frames of one kind.
func only(id smpp.CommandID, spoil func(smpp.Frame) []byte) func(smpp.Frame) []byte {
	return func(f smpp.Frame) []byte {
		if f.ID() == id {
			return spoil(f)
		}
		return f
	}
}

// withoutTLVs is a message without its vendors' TLVs.
func withoutTLVs(f smpp.Frame) []byte {
	if at := strings.Index(string(f), strangeTLVs); at > 0 {
		return frame(f.ID(), f.Sequence(), string(f[smpp.HeaderLen:at]))
	}
	return f
}

func nothing(smpp.Frame) []byte { return nil }

// relayedCases is what a proxy that changes nothing does well.
var relayedCases = []string{
	"A4b", "A4c", "B12d", "B12e", "B14b", "C20c", "C20d", "C21b", "C21c", "C23b", "D26", "D27", "D28", "D31", "D32", "D33",
}

// TestProxies finds what proxies do wrong: each spoils something, and the rows that are about it differ.
func TestProxies(t *testing.T) {
	t.Parallel()
	answered := uint32(0)
	for _, c := range []struct {
		name   string
		relay  relay
		only   []string
		differ []string
	}{
		{"changes nothing", relay{}, relayedCases, []string{"C20c"}}, // it closes too, where a bind_resp is due
		{"refuses nothing", relay{}, []string{"B11c", "C20a", "D29b", "D30"}, []string{"B11c", "C20a", "D29b", "D30a", "D30b"}},
		{"loses TLVs", relay{up: withoutTLVs, down: withoutTLVs}, relayedCases, []string{"B12d", "B12e", "C20c"}},
		{
			"numbers anew", relay{up: only(smpp.IDSubmitSM, func(f smpp.Frame) []byte {
				return frame(f.ID(), f.Sequence()^1<<30, string(f.Body()))
			})},
			[]string{"B12d", "D27"}, []string{"B12d", "D27a", "D27b"}, // and does not number the answers back
		},
		{
			"answers once", relay{down: only(smpp.IDSubmitSMResp, func(f smpp.Frame) []byte {
				if f.Sequence() == 5 && answered == 5 {
					return nil
				}
				answered = f.Sequence()
				return f
			})},
			[]string{"D26b"}, []string{"D26b"},
		},
		{"loses odd answers", relay{down: only(smpp.IDDataSMResp, nothing)}, []string{"D26d"}, []string{"D26d"}},
		{"loses nacks", relay{down: only(smpp.IDGenericNack, nothing)}, []string{"D27a"}, []string{"D27a"}},
		{"loses the other's unbind", relay{down: only(smpp.IDUnbind, nothing)}, []string{"C21"}, []string{"C21b"}},
		{
			"invents an answer at the end", relay{end: func() []byte { return frame(smpp.IDSubmitSMResp, 5, "") }},
			[]string{"A4c", "C21c", "D28"}, []string{"A4c", "C21c", "D28"},
		},
		{
			"loses deliveries", relay{down: only(smpp.IDDeliverSM, func(f smpp.Frame) []byte {
				if f.Sequence() == 7 {
					return nil
				}
				return f
			})},
			[]string{"D31"}, []string{"D31"},
		},
		{"answers no link of the centre's", relay{up: only(smpp.IDEnquireLinkResp, nothing)}, []string{"D33b"}, []string{"D33b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			target := c.relay.target(t)
			if c.name != "changes nothing" {
				target.Patience = time.Second // for what never comes
			}
			var differ []string
			err := target.Run(t.Context(), c.only, func(r Result) {
				switch r.Verdict {
				case Pass, Skipped:
				case Differ:
					differ = append(differ, r.Number)
				default:
					t.Errorf("%s: %s, %s", r.Number, r.Verdict, r.Came)
				}
			})
			if err != nil || !slices.Equal(differ, c.differ) {
				t.Errorf("%v: %q differ, want %q", err, differ, c.differ)
			}
		})
	}
}

// TestNotTheirCentre finds out that what is probed does not bind to the probe.
func TestNotTheirCentre(t *testing.T) {
	t.Parallel()
	target := talkative(t, 1, false)
	target.MC = "127.0.0.1:0"
	err := target.Run(t.Context(), nil, func(r Result) { t.Error(r.Number) })
	if err == nil || !strings.Contains(err.Error(), "did not bind to 127.0.0.1:0") {
		t.Error(err)
	}
}
