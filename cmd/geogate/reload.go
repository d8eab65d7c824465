package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"geogate/config"
)

// reloader takes a changed configuration in while the process runs: what new sessions go by, and the log level.
// What is read once at the start is named as needing a restart. A configuration with a fault changes nothing.
type reloader struct {
	load  func() (*config.Config, error)
	file  string      // looked at for changes; empty: there is none
	seen  os.FileInfo // the file as it was read last; nil: there was none
	level zap.AtomicLevel
}

// lookEvery is how often the configuration file is looked at.
const lookEvery = time.Second

// followChanges reloads on SIGHUP and when the file has changed; what it returns stops it.
func (a *app) followChanges(r *reloader) (stop func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	look := time.NewTicker(lookEvery)
	ctx, cancel := context.WithCancel(context.Background())
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for {
			select {
			case <-hangups:
				r.seen = r.stat()
				a.takeConfig(r)
			case <-look.C:
				if now := r.stat(); now != nil && !sameFile(r.seen, now) {
					r.seen = now
					a.takeConfig(r)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		signal.Stop(hangups)
		look.Stop()
		cancel()
		<-finished
	}
}

// stat describes the file; nil: there is none just now.
func (r *reloader) stat() os.FileInfo {
	if r.file == "" {
		return nil
	}
	info, err := os.Stat(r.file)
	if err != nil {
		return nil
	}
	return info
}

func sameFile(a, b os.FileInfo) bool {
	return a != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// takeConfig reads the configuration anew and makes of it what can be made without a restart.
func (a *app) takeConfig(r *reloader) {
	a.supervisor.reloading(a.log)
	defer a.supervisor.tell(a.log, "READY=1")
	running := a.cfg.Load()
	next, err := r.load()
	var taken *config.Config
	var waiting []string
	if err == nil {
		taken, waiting = running.Take(next)
		err = a.proxy.Reconfigure(proxyConfig(taken, a.log, a.observer(), a.store))
	}
	if err != nil {
		a.metrics.misread.Inc()
		a.log.Error("reload: nothing was changed", zap.Error(err))
		return
	}
	a.metrics.reloaded.Inc()
	r.level.SetLevel(levelOf(taken.Log.Level))
	a.cfg.Store(taken)
	a.log.Info("reloaded: sessions from now on go by it", zap.Strings("changed", config.Changed(running, taken)))
	if len(waiting) > 0 {
		a.log.Warn("reload: these settings need a restart", zap.Strings("settings", waiting))
	}
}
