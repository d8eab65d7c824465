package smpptest

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"geogate/smpp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func startMC(t *testing.T, opts MCOptions) *MC {
	t.Helper()
	mc, err := StartMC(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mc.Close() })
	return mc
}

func dial(t *testing.T, mc *MC) *ESME {
	t.Helper()
	e, err := Dial(testContext(t), mc.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// bound is a transceiver bound to an MC that behaves as opts say.
func bound(t *testing.T, opts MCOptions) (*MC, *ESME) {
	t.Helper()
	mc := startMC(t, opts)
	e := dial(t, mc)
	st, err := e.Bind(testContext(t), smpp.IDBindTransceiver, "acme", "secret")
	if err != nil || st != smpp.ESME_ROK {
		t.Fatal(st, err)
	}
	return mc, e
}

func submitFrame(seq uint32, digits string) smpp.Frame {
	sm := smpp.SubmitSM{Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte(digits)}, ShortMessage: []byte("hello")}
	return sm.Append(nil, smpp.Header{Sequence: seq})
}

func recv(t *testing.T, e *ESME) smpp.Frame {
	t.Helper()
	f, err := e.Recv(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func send(t *testing.T, e *ESME, b []byte) {
	t.Helper()
	if err := e.Send(b); err != nil {
		t.Fatal(err)
	}
}

func wantHeader(t *testing.T, f smpp.Frame, id smpp.CommandID, st smpp.Status, seq uint32) {
	t.Helper()
	if f.ID() != id || f.Status() != st || f.Sequence() != seq {
		t.Fatalf("got %s %s seq=%d, want %s %s seq=%d", f.ID(), f.Status(), f.Sequence(), id, st, seq)
	}
}

func multiFrame(seq uint32, digits ...string) smpp.Frame {
	sm := smpp.SubmitMulti{ShortMessage: []byte("hello")}
	for _, d := range digits {
		sm.Dests = append(sm.Dests, smpp.Destination{Address: smpp.Address{TON: 1, NPI: 1, Addr: []byte(d)}})
	}
	return sm.Append(nil, smpp.Header{Sequence: seq})
}
