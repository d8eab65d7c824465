package main

import (
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// TestSessionLinesAreRationed turns ten thousand connections away: the log tells of them, at a length that can be read.
func TestSessionLinesAreRationed(t *testing.T) {
	t.Parallel()
	core, lines := observer.New(zapcore.InfoLevel)
	log := sampled(zap.New(core), sessionLines)
	for range 10_000 {
		log.Info("turned away")
	}
	log.Info("bound")
	if got := lines.FilterMessage("turned away").Len(); got < sessionLines.first || got > 1_000 {
		t.Errorf("%d of 10,000 lines", got)
	}
	if lines.FilterMessage("bound").Len() != 1 {
		t.Error("lines of another kind are lost")
	}
}
