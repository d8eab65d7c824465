package proxy

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestHalfClosedESME sends and closes its sending side at once: what the message centre answers still comes
// through.
func TestHalfClosedESME(t *testing.T) {
	t.Parallel()
	r := newRig(t, smpptest.MCOptions{}, nil)
	conn, frames := r.bare()
	conn.Write(slices.Concat(submit(101, open), submit(102, closed), submit(103, open)))
	conn.(*net.TCPConn).CloseWrite()
	var got []uint32
	for {
		f, err := frames.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f.Sequence())
	}
	if slices.Sort(got); !slices.Equal(got, []uint32{101, 102, 103}) {
		t.Fatal(got)
	}
	if end := r.ended(t, 1); end != (End{Cause: ESMEClosed}) {
		t.Fatal(end)
	}
}

// TestConformanceF50NoSecretsInLogs binds in every way that is logged and searches the log for what must not
// stand in it.
func TestConformanceF50NoSecretsInLogs(t *testing.T) {
	t.Parallel()
	var log lines
	encoder := zapcore.NewJSONEncoder(zap.NewDevelopmentEncoderConfig())
	r := newRig(t, smpptest.MCOptions{Accept: func(_, password string) smpp.Status {
		if password == "hunter2" {
			return smpp.ESME_RINVPASWD
		}
		return smpp.ESME_ROK
	}}, func(c *Config) { c.Logger = zap.New(zapcore.NewCore(encoder, &log, zap.DebugLevel)) })
	wantBind(t, r.dial(), "acme", "hunter2", smpp.ESME_RINVPASWD)
	r.give(t, with(map[string]string{"password": testHashes(t)[0], "upstream_password": "upstrpw"}))
	wantBind(t, r.dial(), "acme", "hunter2", smpp.ESME_RINVPASWD)
	r.give(t, with(map[string]string{"password": "$2a$broken", "upstream_password": "upstrpw"}))
	wantBind(t, r.dial(), "acme", "hunter2", smpp.ESME_RSYSERR)
	r.give(t, with(map[string]string{"upstream_password": "upstrpw"}))
	e := r.dial()
	wantBind(t, e, "acme", "hunter2", smpp.ESME_ROK)
	want(t, e, submit(101, closed), smpp.IDSubmitSMResp, smpp.ESME_RINVDSTADR)
	r.srv.Close()
	text := log.String()
	for _, secret := range []string{"hunter2", "upstrpw", "$2a$", closed} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the log:\n%s", secret, text)
		}
	}
	for _, line := range []string{"bind refused", "could not be verified", "bound", "session ended"} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is not in the log", line)
		}
	}
}

// lines is a log in memory.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) Sync() error { return nil }

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// pipes is a listener whose connections are pipes in memory, for tests in which time costs nothing.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.conns) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// bubble is a session in memory, for use inside synctest.Test.
type bubble struct {
	*watcher
	mc   *smpptest.MC
	srv  *Server
	esme *smpptest.ESME
}

// newBubble binds an ESME as acme. Call close at the end of the bubble.
func newBubble(t *testing.T, opts smpptest.MCOptions, cfg Config) *bubble {
	t.Helper()
	b := &bubble{watcher: newWatcher(), mc: smpptest.NewMC(opts)}
	policies := &orders{}
	policies.give(t, acme())
	cfg.Upstreams = map[string]Upstream{"mc": {Addrs: []string{"mc:2775"}}}
	cfg.DefaultUpstream, cfg.Policies, cfg.Observer, cfg.Dial = "mc", policies, b.watcher, newPipeDialer(b.mc)
	var err error
	if b.srv, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	listener := &pipes{conns: make(chan net.Conn)}
	go b.srv.Serve(listener)
	ours, theirs := net.Pipe()
	listener.conns <- theirs
	b.esme = smpptest.NewESME(ours)
	b.esme.AnswerAll()
	wantBind(t, b.esme, "acme", "", smpp.ESME_ROK)
	return b
}

func (b *bubble) close() {
	b.esme.Close()
	b.srv.Close()
	b.mc.Close()
}

// TestConformanceC22TimersByTheClock keeps a session alive over an hour by one enquire_link a minute, then
// stops: the inactivity timer ends it after just its time.
func TestConformanceC22TimersByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, smpptest.MCOptions{}, Config{Inactivity: 2 * time.Minute})
		defer b.close()
		for range 60 {
			time.Sleep(time.Minute)
			if st, err := b.esme.EnquireLink(t.Context()); st != smpp.ESME_ROK || err != nil {
				t.Fatal(st, err)
			}
		}
		last := time.Now()
		f, err := b.esme.Recv(t.Context())
		if err != nil || f.ID() != smpp.IDUnbind || time.Since(last) != 2*time.Minute {
			t.Fatalf("%s after %s, %v", smpp.Trace(f), time.Since(last), err)
		}
		if end := b.ended(t, 1); end != (End{Cause: Inactive}) {
			t.Fatal(end)
		}
	})
}

// TestConformanceF40AnswersComeFirst holds the answer to a message back while the server drains: nobody is
// unbound before it came.
func TestConformanceF40AnswersComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, smpptest.MCOptions{Behave: silentOn(smpp.IDSubmitSM)}, Config{})
		defer b.close()
		send(t, b.esme, submit(100, open))
		synctest.Wait()
		drained := make(chan error, 1)
		go func() { drained <- b.srv.Shutdown(t.Context()) }()
		time.Sleep(time.Second)
		synctest.Wait()
		link := b.mc.Sessions()[0]
		if got := link.Received(); got[len(got)-1].ID() != smpp.IDSubmitSM {
			t.Fatalf("message centre got\n%s", traces(got))
		}
		link.Send(raw(smpp.IDSubmitSMResp, 100, "late\x00"))
		if err := <-drained; err != nil {
			t.Fatal(err)
		}
		frames := wantClosed(t, b.esme)
		if len(frames) != 2 || frames[1].ID() != smpp.IDUnbind {
			t.Fatalf("got\n%s", traces(frames))
		}
		checkHeader(t, frames[0], smpp.IDSubmitSMResp, smpp.ESME_ROK, 100)
		if end := b.ended(t, 1); end != (End{Cause: Drained}) {
			t.Fatal(end)
		}
	})
}

// newPipeDialer connects to a message centre in memory.
func newPipeDialer(mc *smpptest.MC) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		mc.ServeConn(theirs)
		return ours, nil
	}
}
