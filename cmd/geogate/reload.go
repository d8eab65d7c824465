package main

import (
	"go.uber.org/zap"

	"geogate/config"
)

// reloader takes a changed configuration in while the process runs. Only the log level can change so; what
// else differs is named as needing a restart. A configuration with a fault changes nothing.
type reloader struct {
	load    func() (*config.Config, error)
	running *config.Config
	level   zap.AtomicLevel
	log     *zap.Logger
}

func (r *reloader) reload() {
	next, err := r.load()
	if err != nil {
		r.log.Error("reload: nothing was changed", zap.Error(err))
		return
	}
	r.level.SetLevel(levelOf(next.Log.Level))
	r.running.Log.Level = next.Log.Level
	if waiting := config.Changed(r.running, next); len(waiting) > 0 {
		r.log.Warn("reload: these settings need a restart", zap.Strings("settings", waiting))
		return
	}
	r.log.Info("reloaded", zap.String("log.level", next.Log.Level))
}
