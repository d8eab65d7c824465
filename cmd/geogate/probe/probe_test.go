package probe

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// talkative answers each submit_sm times times, and when nacks is set even responses, with a generic_nack.
func talkative(t *testing.T, times int, nacks bool) *Target {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	serve := func(c net.Conn) {
		defer c.Close()
		frames := smpptest.NewFrameReader(c, 0)
		for {
			f, err := frames.Next()
			if err != nil {
				return
			}
			n, id, st := 1, f.ID().Response(), smpp.ESME_ROK
			switch {
			case f.ID() == smpp.IDSubmitSM:
				n = times
			case f.ID().IsResponse() && nacks:
				id, st = smpp.IDGenericNack, smpp.ESME_RINVCMDID
			case f.ID().IsResponse():
				n = 0
			}
			for range n {
				c.Write(smpp.AppendHeader(nil, id, st, f.Sequence()))
			}
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	dial := func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}
	return &Target{Dial: dial, SystemID: "acme", To: "447400123456", Patience: 15 * time.Second}
}

// TestAnswersTooMany finds servers that answer more often than they were asked.
func TestAnswersTooMany(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		target *Target
		want   Verdict
	}{
		{"once", talkative(t, 1, false), Pass},
		{"twice, and to responses", talkative(t, 2, true), Differ},
	} {
		played := 0
		err := c.target.Run(t.Context(), []string{"A3a", "A6", "A7", "A8"}, func(r Result) {
			if played++; r.Verdict != c.want {
				t.Errorf("%s: %s is %s (%s), want %s", c.name, r.Number, r.Verdict, r.Came, c.want)
			}
		})
		if err != nil || played != 9 {
			t.Errorf("%s: %d played, %v", c.name, played, err)
		}
	}
}

// TestOnlyNothing tells that nothing would be played, before anything is.
func TestOnlyNothing(t *testing.T) {
	t.Parallel()
	err := new(Target).Run(t.Context(), []string{"ZZ"}, nil)
	if err == nil || !strings.Contains(err.Error(), "ZZ") {
		t.Errorf("%v", err)
	}
}
