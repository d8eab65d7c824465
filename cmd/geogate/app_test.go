package main

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"go.uber.org/zap"

	"geogate/config/store"
	"geogate/proxy"
	"geogate/rules"
)

// lookedAt is a policy that counts how often it is asked for.
type lookedAt struct{ times atomic.Int32 }

func (l *lookedAt) Policy() *rules.Policy {
	l.times.Add(1)
	return nil
}

// noConns is a listener to which nobody connects.
type noConns struct {
	open  context.Context
	close context.CancelFunc
}

func listenInVain() *noConns {
	open, end := context.WithCancel(context.Background())
	return &noConns{open, end}
}

func (l *noConns) Accept() (net.Conn, error) {
	<-l.open.Done()
	return nil, net.ErrClosed
}

func (l *noConns) Close() error {
	l.close()
	return nil
}

func (l *noConns) Addr() net.Addr { return &net.TCPAddr{} }

// TestSwapIsLookedAt: the proxy looks at a policy when it is put in force, not when it would have looked anyway.
func TestSwapIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var policies lookedAt
		srv, err := proxy.New(proxy.Config{
			Policies: &policies, DefaultUpstream: "mc", Upstreams: map[string]proxy.Upstream{"mc": {Addrs: []string{"mc:1"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		go srv.Serve(listenInVain())
		a := &app{metrics: newMetrics(zap.NewNop()), proxy: srv}
		synctest.Wait()
		for _, kind := range []store.EventKind{store.Passed, store.Swapped} {
			a.Observe(store.Event{Kind: kind})
			synctest.Wait()
			if looked := policies.times.Load() > 0; looked != (kind == store.Swapped) {
				t.Errorf("looked at the policy at %v: %v", kind, looked)
			}
		}
	})
}
