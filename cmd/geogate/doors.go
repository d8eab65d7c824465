package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"

	"geogate/proxy"
)

// door is one address where ESMEs bind.
type door struct {
	name     string // of the setting
	listener net.Listener
	shared   bool // the port: other processes may listen there as well
	proxy.Door
}

// openDoors listens on every address: the plain one first, then the others by their names.
func (a *app) openDoors() error {
	c := a.cfg.Load()
	if c.Listen != "" {
		if err := a.openDoor("listen", c.Listen, false, proxy.Door{}); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Listeners)) {
		l := c.Listeners[name]
		path := listenerPath(name)
		d := proxy.Door{Trusted: l.ProxyProtocol, NewTLS: l.TLS.Server(func(err error) {
			a.metrics.certificateFaults.Inc()
			a.log.Error("changed TLS files cannot be used: the last good ones stay", zap.String("listener", path), zap.Error(err))
		})}
		if err := a.openDoor(path, l.Address, l.ReusePort, d); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) openDoor(name, addr string, shared bool, d proxy.Door) error {
	l, own, err := a.listen(name, addr, shared)
	if err != nil {
		return err
	}
	a.doors = append(a.doors, door{name, l, shared && own, d})
	return nil
}

// listen is net.Listen, unless the setting's socket was passed to the process.
func (a *app) listen(name, addr string, shared bool) (l net.Listener, own bool, err error) {
	if l := a.passed[name]; l != nil {
		a.log.Info("the socket was passed", zap.String("setting", name), zap.Stringer("addr", l.Addr()),
			zap.String("configured", addr))
		return l, false, nil
	}
	var how net.ListenConfig
	if shared {
		how.Control = reusePort
		how.SetMultipathTCP(false) // its sockets take no filter (keepOutNew)
	}
	if l, err = how.Listen(context.Background(), "tcp", addr); err != nil {
		return nil, false, fmt.Errorf("%s: %w%s", name, err, listenCure(err))
	}
	return l, true, nil
}

// listenCure says what to do about the usual reasons why nobody can listen at an address.
func listenCure(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return ": end the process that has it, or give another address"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return ": give one that this machine has, or 0.0.0.0 for all of them"
	case errors.Is(err, syscall.EACCES):
		return ": give a port from 1024 on, or the right CAP_NET_BIND_SERVICE"
	}
	return ""
}

// serveDoors serves all of them. The first that fails says so; wait returns when none is served any more.
func (a *app) serveDoors() (failed <-chan error, wait func()) {
	errs := make(chan error, len(a.doors))
	var running sync.WaitGroup
	for _, d := range a.doors {
		a.log.Info("listening", zap.String("door", d.name), zap.Stringer("addr", d.listener.Addr()),
			zap.Bool("tls", d.NewTLS != nil), zap.Bool("proxy_protocol", len(d.Trusted) > 0))
		running.Go(func() {
			if err := a.proxy.ServeDoor(d.listener, d.Door); err != nil {
				errs <- fmt.Errorf("%s: %w", d.name, err)
			}
		})
	}
	return errs, running.Wait
}

// addr is where the first door is.
func (a *app) addr() string { return a.doors[0].listener.Addr().String() }

// expiry is how long the certificate of a door with TLS is still good.
func (d door) expiry(now time.Time) (time.Duration, error) {
	settings, err := d.NewTLS()
	if err != nil {
		return 0, err
	}
	if len(settings.Certificates) == 0 || settings.Certificates[0].Leaf == nil {
		return 0, errors.New("no certificate")
	}
	return settings.Certificates[0].Leaf.NotAfter.Sub(now), nil
}

// certified are the doors of ESMEs, and that of the API.
func (a *app) certified() []door {
	if a.api == nil {
		return a.doors
	}
	return append(slices.Clip(a.doors), door{name: "api", Door: proxy.Door{NewTLS: a.api.newTLS}})
}

// warnOfExpiry tells of certificates that are good no longer, or not for long.
func (a *app) warnOfExpiry() {
	const soon = 14 * 24 * time.Hour
	for _, d := range a.certified() {
		if d.NewTLS == nil {
			continue
		}
		if left, err := d.expiry(time.Now()); err != nil || left < soon {
			a.log.Warn("a certificate expires: put a new one in its place, no restart is needed",
				zap.String("listener", d.name), zap.Duration("in", left), zap.NamedError("problem", err))
		}
	}
}
