package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/pires/go-proxyproto"
	"go.uber.org/zap"

	"geogate/config/admin"
	"geogate/config/admin/console"
	"geogate/smpp"
)

// apiDoor is where the HTTP API is served.
type apiDoor struct {
	listener net.Listener
	handler  http.Handler
	newTLS   func() (*tls.Config, error) // nil: without
}

// openAPI listens for the HTTP API, where it is to be served.
func (a *app) openAPI() error {
	c := a.cfg.Load().API
	if c.Listen == "" {
		return nil
	}
	socket, _, err := a.listen("api.listen", c.Listen, false)
	if err != nil {
		return err
	}
	l, err := a.behindBalancers(atMost(c.MaxConnections, socket, c.ProxyProtocol, a.log.Named("api"), "api.max_connections"))
	if err != nil {
		socket.Close()
		return err
	}
	settings := c.TLS.Server(func(err error) {
		a.metrics.certificateFaults.Inc()
		a.log.Error("changed TLS files cannot be used: the last good ones stay", zap.String("listener", "api"), zap.Error(err))
	})
	if settings != nil {
		l = tls.NewListener(l, &tls.Config{
			MinVersion:         tls.VersionTLS12,
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return settings() },
		})
	}
	a.api = &apiDoor{l, apiHandler(admin.New(a.apiOptions())), settings}
	return nil
}

// behindBalancers takes the client's address out of the PROXY protocol header where one is due: from the load balancers of
// the configuration, and from nobody else. Each header is read by its own connection's goroutine.
func (a *app) behindBalancers(l net.Listener) (net.Listener, error) {
	c := a.cfg.Load()
	if len(c.API.ProxyProtocol) == 0 {
		return l, nil
	}
	var trusted []string
	for _, p := range c.API.ProxyProtocol {
		trusted = append(trusted, p.String())
	}
	policy, err := proxyproto.TrustProxyHeaderFromRanges(trusted)
	if err != nil {
		return nil, fmt.Errorf("api.proxy_protocol: %w", err)
	}
	return &proxyproto.Listener{Listener: l, ConnPolicy: policy, ReadHeaderTimeout: c.Timers.Handshake}, nil
}

// apiHandler is the API and, beside it, the console, which needs no token to be looked at: it is files alone.
func apiHandler(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(console.Path, console.Handler())
	mux.Handle("GET /{$}", http.RedirectHandler(console.Path, http.StatusSeeOther))
	mux.Handle("/", api)
	return mux
}

func (a *app) apiOptions() admin.Options {
	c := a.cfg.Load()
	return admin.Options{
		Store: a.store, Status: func() any { return a.status() }, Sessions: a.apiSessions, Refusals: a.refusals,
		RecordDir: c.Record.Dir, StatusName: func(status uint32) string { return smpp.Status(status).String() },
		Rate: c.API.Rate, Logger: a.log.Named("api"),
	}
}

func (a *app) apiSessions() []admin.Session {
	list := []admin.Session{}
	for _, s := range a.proxy.Sessions() {
		one := admin.Session{
			ID: s.ID, Remote: s.Remote.String(), Since: s.Since, State: s.State.String(), SystemID: s.SystemID,
			Account: s.Account, Upstream: s.Upstream, MCAddress: s.MCAddr, Requests: s.Requests,
			Forwarded: s.Forwarded, Refused: s.Refused, FromMC: s.FromMC, InFlight: s.InFlight,
		}
		if s.Mode != 0 {
			one.Mode = s.Mode.String()
		}
		list = append(list, one)
	}
	return list
}

// headPatience is how long the head of a request may take.
const headPatience = 5 * time.Second

// serveAPI serves it; what it returns stops it.
func (a *app) serveAPI() (stop func()) {
	if a.api == nil {
		return func() {}
	}
	server := &http.Server{
		Handler: a.api.handler, ReadHeaderTimeout: headPatience, ReadTimeout: 30 * time.Second,
		WriteTimeout: 2 * time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		ConnState: noteState, ErrorLog: zap.NewStdLog(a.log.Named("api")),
	}
	a.log.Info("the API is served", zap.Stringer("addr", a.api.listener.Addr()))
	return a.serveHTTP("API", server, lateHeads{a.api.listener})
}

func (a *app) closeAPI() {
	if a.api != nil {
		a.api.listener.Close()
	}
}
