package main

import (
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"geogate/config"
)

// newLogger logs to out; its level can be changed while it is in use.
func newLogger(c config.Log, out io.Writer) (*zap.Logger, zap.AtomicLevel) {
	level := zap.NewAtomicLevelAt(levelOf(c.Level))
	settings := zap.NewProductionEncoderConfig()
	settings.TimeKey, settings.EncodeTime = "time", zapcore.RFC3339NanoTimeEncoder
	settings.EncodeDuration = zapcore.StringDurationEncoder
	encoder := zapcore.NewJSONEncoder(settings)
	if c.Format == "console" {
		encoder = zapcore.NewConsoleEncoder(settings)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(out)), level)), level
}

// levelOf reads a level that the configuration has checked.
func levelOf(name string) zapcore.Level {
	level, err := zapcore.ParseLevel(name)
	if err != nil {
		return zapcore.InfoLevel
	}
	return level
}

// ration is how many lines of a kind are logged each second: the first ones, and then one in so many. A flood
// of what others do must not become a flood of lines.
type ration struct{ first, each int }

var (
	refusalLines = ration{20, 1000}
	sessionLines = ration{200, 100}
)

func sampled(log *zap.Logger, r ration) *zap.Logger {
	return log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Second, r.first, r.each)
	}))
}
