package main

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"geogate/config/store"
)

const (
	streamWaiting = 64              // batches of lines, of 64 KiB at most
	streamTimeout = 5 * time.Second // of one batch
)

// recordStream copies the record's lines to a stream of Redis. The file never waits for it: what Redis does not take in
// time is in the file alone, and counted.
type recordStream struct {
	store   *store.Store
	key     string
	length  int
	log     *zap.Logger
	batches chan string
	done    chan struct{}

	ctx    context.Context // ends when closing has taken long enough
	cancel context.CancelFunc

	written, lost atomic.Uint64
	failing       bool // owned by run
}

func newRecordStream(s *store.Store, key string, length int, log *zap.Logger) *recordStream {
	r := &recordStream{
		store: s, key: key, length: length, log: log,
		batches: make(chan string, streamWaiting), done: make(chan struct{}),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	go r.run()
	return r
}

// take is given whole lines.
func (r *recordStream) take(lines []byte) {
	text := string(lines)
	select {
	case r.batches <- text:
	default:
		r.lost.Add(uint64(strings.Count(text, "\n")))
	}
}

func (r *recordStream) run() {
	defer close(r.done)
	for text := range r.batches {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		ctx, cancel := context.WithTimeout(r.ctx, streamTimeout)
		err := r.store.Append(ctx, r.key, r.length, lines)
		cancel()
		if err != nil {
			r.lost.Add(uint64(len(lines)))
		} else {
			r.written.Add(uint64(len(lines)))
		}
		r.tell(err)
	}
}

// tell logs the first of several failures in a row, and their end.
func (r *recordStream) tell(err error) {
	switch {
	case err != nil && !r.failing:
		r.log.Error("Redis does not take the record's lines: the file has them; the user needs the key "+
			r.key+" and the command xadd", zap.Error(err))
	case err == nil && r.failing:
		r.log.Info("Redis takes the record's lines again")
	}
	r.failing = err != nil
}

// close hands over what waits, if Redis takes it soon. It is called once, when nothing more is taken.
func (r *recordStream) close() {
	close(r.batches)
	defer time.AfterFunc(streamTimeout, r.cancel).Stop()
	<-r.done
	r.cancel()
}

// watchStream adds what became of the lines.
func (m *metrics) watchStream(r *recordStream) {
	for name, value := range map[string]*atomic.Uint64{"written": &r.written, "lost": &r.lost} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name:        "geogate_record_stream_lines_total",
			Help:        "Lines of the audit record for the stream in Redis: written, or lost to it and in the file alone.",
			ConstLabels: prometheus.Labels{"result": name},
		}, func() float64 { return float64(value.Load()) }))
	}
}
