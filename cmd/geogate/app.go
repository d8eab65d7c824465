package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"geogate/config"
	"geogate/config/admin"
	"geogate/config/admin/record"
	"geogate/config/store"
	"geogate/proxy"
)

// app is the proxy as a process: what `serve` runs and tests start. It listens from newApp on.
type app struct {
	cfg      atomic.Pointer[config.Config] // what runs; reload changes it
	log      *zap.Logger
	store    *store.Store
	proxy    *proxy.Server
	metrics  *metrics
	record   *record.Recorder // nil: none is kept
	stream   *recordStream    // nil: Redis gets no copy of it
	refusals *admin.Refusals  // nil: nobody looks at them
	doors    []door
	admin    net.Listener // nil: none
	api      *apiDoor     // nil: none
	reload   *reloader    // nil: no change is followed

	passed     map[string]net.Listener // sockets that the process was started with, by the setting
	supervisor *notifier

	draining atomic.Bool
}

// newApp opens what the process needs, but for the sockets that were passed to it; on an error nothing is left
// open.
func newApp(cfg *config.Config, log *zap.Logger, sockets ...passed) (*app, error) {
	a := &app{log: log, metrics: newMetrics(log)}
	a.cfg.Store(cfg)
	var err error
	if a.passed, err = assignPassed(sockets, cfg); err != nil {
		return nil, err
	}
	if err := a.open(); err != nil {
		a.close()
		return nil, err
	}
	a.metrics.watch(a.store)
	a.metrics.registry.MustRegister(upstreamCollector{a.proxy.Upstreams}, trafficCollector{a.proxy.Traffic, a.proxy.Sessions})
	a.metrics.watchCertificates(a.certified())
	return a, nil
}

func (a *app) open() (err error) {
	c := a.cfg.Load()
	if a.store, err = store.Open(storeOptions(c, a.log, a)); err != nil {
		return err
	}
	if c.API.Listen != "" {
		a.refusals = admin.NewRefusals()
	}
	if err = a.openRecord(); err != nil {
		return err
	}
	if a.proxy, err = proxy.New(proxyConfig(c, a.log, a.observer(), a.store)); err != nil {
		return err
	}
	if err = a.openDoors(); err != nil {
		return err
	}
	if err = a.openAPI(); err != nil {
		return err
	}
	if c.Admin != "" {
		if a.admin, _, err = a.listen("admin", c.Admin, false); err != nil {
			return err
		}
	}
	return nil
}

// close gives up what open has opened, the last first.
func (a *app) close() {
	if a.admin != nil {
		a.admin.Close()
	}
	a.closeAPI()
	for _, d := range a.doors {
		d.listener.Close()
	}
	for _, l := range a.passed {
		l.Close()
	}
	a.closeRecord()
	if a.store != nil {
		a.store.Close()
	}
}

// Observe implements store.Observer.
func (a *app) Observe(e store.Event) {
	a.metrics.Observe(e)
	if e.Kind == store.Swapped && a.proxy != nil { // there is none yet when the snapshot is read
		a.proxy.PolicyChanged()
	}
}

func storeOptions(c *config.Config, log *zap.Logger, observer store.Observer) store.Options {
	o := store.Options{
		URL: c.Redis.URL.Reveal(), Prefix: c.Redis.Prefix, SnapshotPath: c.Redis.Snapshot, FullPass: c.Redis.FullPass,
		Idle: c.Redis.Idle, PollEvery: c.Redis.PollEvery, MaxDrop: c.Redis.MaxDrop,
		Logger: log.Named("policy"), Observer: observer,
	}
	if c.Policy.Fail == "closed" {
		o.MaxStale = c.Policy.MaxStaleness
	}
	return o
}

func proxyConfig(c *config.Config, log *zap.Logger, observer proxy.Observer, policies proxy.Policies) proxy.Config {
	upstreams := map[string]proxy.Upstream{config.DefaultUpstream: proxyUpstream(&c.Upstream, log)}
	for name, up := range c.Upstreams {
		upstreams[name] = proxyUpstream(up, log)
	}
	return proxy.Config{
		Upstreams: upstreams, DefaultUpstream: config.DefaultUpstream, Policies: policies,
		Observer: observer, Logger: sampled(log.Named("smpp"), sessionLines),
		SessionInit: c.Timers.SessionInit, HandshakeTimeout: c.Timers.Handshake,
		Inactivity: orNever(c.Timers.Inactivity), WriteDeadline: c.Timers.WriteTimeout,
		ConnectTimeout: c.Timers.Connect, ConnectPerAddress: c.Timers.PerAddress,
		BackoffMin: c.Timers.Backoff, BackoffMax: c.Timers.BackoffMax, DrainTimeout: c.Timers.Drain,
		MaxPDU: c.Limits.MaxPDU, MaxConns: c.Limits.MaxConnections, MaxBinds: c.Limits.MaxBinds,
		MaxBindsPerAccount: c.Limits.MaxBindsPerAccount, MaxTPS: float64(c.Limits.MaxTPS),
		FailedBindDelay: orNever(c.Limits.FailedBindDelay),
		Arrivals: proxy.ArrivalLimits{
			PerAddress: c.Limits.PerAddress, Rate: float64(c.Limits.Rate),
			Unbound: c.Limits.Unbound, Exempt: c.Limits.Exempt,
		},
		AdmitUnknownAccounts: c.Policy.UnknownAccount == "bind", StatusText: c.StatusText,
		RefusalsOnly: !c.Record.Forwards(),
	}
}

// orNever makes of no time what the proxy takes for never.
func orNever(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

func proxyUpstream(u *config.Upstream, log *zap.Logger) proxy.Upstream {
	up := proxy.Upstream{Weights: map[string]int{}, NewTLS: u.TLS.Client(func(err error) {
		log.Error("changed TLS files cannot be used: the last good ones stay", zap.Error(err))
	})}
	for _, a := range u.Addresses {
		up.Addrs = append(up.Addrs, a.Addr)
		if a.Weight > 0 {
			up.Weights[a.Addr] = a.Weight
		}
	}
	return up
}

// How long the process waits for others before it goes on without them.
const (
	afterDrain    = 5 * time.Second // behind drain_timeout, for unbinds and the last writes
	adminShutdown = 2 * time.Second
)

// run serves until ctx ends, then drains: nothing new is read, what is in flight is answered, both sides are
// unbound.
func (a *app) run(ctx context.Context) error {
	defer a.close()
	following, stopFollowing := context.WithCancel(context.Background())
	followed := make(chan error, 1)
	go func() { followed <- a.store.Run(following) }()
	defer func() {
		stopFollowing()
		if err := <-followed; err != nil {
			a.log.Warn("the policy was not saved", zap.Error(err))
		}
	}()
	defer a.serveAdmin()()
	defer a.serveAPI()()
	if a.reload != nil {
		defer a.followChanges(a.reload)()
	}

	a.awaitPolicy(ctx)
	a.warnOfExpiry()
	failed, wait := a.serveDoors()
	defer wait()
	a.supervisor.tell(a.log, "READY=1")
	defer a.showLife()()
	select {
	case err := <-failed:
		return errors.Join(err, a.proxy.Close())
	case <-ctx.Done():
		return a.drain(wait)
	}
}

// awaitPolicy waits for a first policy before ESMEs are served: who connects meanwhile is held in the listeners' queues.
// When it does not come in time, they are let in all the same and refused.
func (a *app) awaitPolicy(ctx context.Context) {
	patience := time.NewTimer(a.cfg.Load().Policy.Wait)
	defer patience.Stop()
	select {
	case <-a.store.Ready():
	case <-ctx.Done():
	case <-patience.C:
		a.log.Error("no policy yet: binds are refused with ESME_RSYSERR until Redis answers",
			zap.String("redis", a.store.Status().Problem))
	}
}

// showLife lets the supervisor see that the process is not stuck: that what every session and every change of
// the policy needs can be had. What it returns stops it.
func (a *app) showLife() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		a.supervisor.live(ctx, a.log, func() { a.proxy.Sessions(); a.store.Status() })
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// drain closes the doors and ends the sessions in order; served returns when no door is served any more.
func (a *app) drain(served func()) error {
	a.draining.Store(true)
	a.supervisor.tell(a.log, "STOPPING=1")
	patience := a.cfg.Load().Timers.Drain
	a.log.Info("draining", zap.Int("sessions", len(a.proxy.Sessions())), zap.Duration("drain", patience))
	a.leave(served)
	ctx, cancel := context.WithTimeout(context.Background(), patience+afterDrain)
	defer cancel()
	err := a.proxy.Shutdown(ctx)
	a.log.Info("stopped", zap.Error(err))
	return err
}

// adminConns is how many connections the admin address has: scrapes and probes, which need a few.
const adminConns = 128

// serveAdmin serves health, readiness and metrics; what it returns stops it.
func (a *app) serveAdmin() (stop func()) {
	if a.admin == nil {
		return func() {}
	}
	server := &http.Server{
		Handler: a.adminHandler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: time.Minute,
	}
	return a.serveHTTP("admin", server, atMost(adminConns, a.admin, nil, a.log.Named("admin"), "none: the admin address"))
}

// serveHTTP serves one listener; what it returns stops it.
func (a *app) serveHTTP(what string, server *http.Server, l net.Listener) (stop func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("the "+what+" address is not served", zap.Error(err))
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), adminShutdown)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
		<-done
	}
}
