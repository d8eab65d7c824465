package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// mustParse returns the flags that args make.
func mustParse(t *testing.T, args ...string) *flags {
	t.Helper()
	var stderr bytes.Buffer
	f, _ := parse(args, io.Discard, &stderr)
	if f == nil {
		t.Fatal(stderr.String())
	}
	return f
}

func startMC(t *testing.T, opts smpptest.MCOptions) *smpptest.MC {
	t.Helper()
	mc, err := smpptest.StartMC(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mc.Close() })
	return mc
}

// loadMC runs esmeload against a message centre that behaves as opts say.
func loadMC(t *testing.T, opts smpptest.MCOptions, args ...string) *report {
	t.Helper()
	f := mustParse(t, append([]string{"--addr", startMC(t, opts).Addr()}, args...)...)
	l, err := newLoad(f, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.run(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// loadThrough runs esmeload through a relay to the message centre that it hosts itself.
func loadThrough(t *testing.T, relay relay, args ...string) *report {
	t.Helper()
	f := mustParse(t, append([]string{"--mc", "127.0.0.1:0"}, args...)...)
	l, err := newLoad(f, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	f.Addr = relay.start(t, l.mc.Addr())
	r, err := l.run(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// relay stands where a proxy would. onMessage says, for each message from the ESME, which frames go to the
// message centre and which back to the ESME; nil relays. onAnswer drops an answer of the message centre when
// it returns false. Both may run for several sessions, one at a time.
type relay struct {
	onMessage func(n int, f smpp.Frame) (toMC, toESME []byte)
	onAnswer  func(f smpp.Frame) bool
}

func (r relay) start(t *testing.T, mcAddr string) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var running sync.WaitGroup
	messages := 0
	fromESME := func(f smpp.Frame) (toMC, toESME []byte) {
		mu.Lock()
		defer mu.Unlock()
		switch f.ID() {
		case smpp.IDSubmitSM, smpp.IDSubmitMulti, smpp.IDDataSM:
			if messages++; r.onMessage != nil {
				return r.onMessage(messages, f)
			}
		}
		return f, nil
	}
	fromMC := func(f smpp.Frame) (toESME, none []byte) {
		mu.Lock()
		defer mu.Unlock()
		if r.onAnswer != nil && !r.onAnswer(f) {
			return nil, nil
		}
		return f, nil
	}
	running.Go(func() {
		for {
			esme, err := listener.Accept()
			if err != nil {
				return
			}
			mc, err := net.Dial("tcp", mcAddr)
			if err != nil {
				esme.Close()
				continue
			}
			running.Go(func() { pump(esme, mc, fromESME) })
			running.Go(func() { pump(mc, esme, fromMC) })
		}
	})
	t.Cleanup(func() { listener.Close(); running.Wait() })
	return listener.Addr().String()
}

// pump relays from one side to the other until either ends.
func pump(from, to net.Conn, each func(smpp.Frame) (forth, back []byte)) {
	defer from.Close()
	defer to.Close()
	for frames := smpptest.NewFrameReader(from, 0); ; {
		f, err := frames.Next()
		if err != nil {
			return
		}
		forth, back := each(f)
		if _, err := to.Write(forth); err != nil {
			return
		}
		if _, err := from.Write(back); err != nil {
			return
		}
	}
}

// accepted answers f as a message centre that has taken it.
func accepted(f smpp.Frame) []byte {
	resp := smpp.SubmitSMResp{MessageID: []byte("x")}
	return resp.Append(nil, f.Header())
}
