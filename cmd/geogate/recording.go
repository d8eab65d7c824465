package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"geogate/config/admin"
	"geogate/config/admin/record"
	"geogate/proxy"
	"geogate/rules"
	"geogate/smpp"
)

// openRecord begins the audit record, where one is to be kept.
func (a *app) openRecord() (err error) {
	c := a.cfg.Load().Record
	if c.Dir == "" {
		return nil
	}
	node := c.Node
	if node == "" {
		if node, err = hostNode(); err != nil {
			return err
		}
	}
	var also func([]byte)
	if c.Stream != "" {
		a.stream = newRecordStream(a.store, c.Stream, c.StreamLength, a.log.Named("record"))
		a.metrics.watchStream(a.stream)
		also = a.stream.take
	}
	a.record, err = record.Open(record.Options{
		Also: also,

		Dir: c.Dir, Node: node, Sample: c.Sample, MaxSize: int64(c.MaxSize) << 20, MaxAge: c.MaxAge, Keep: c.Keep,
		Buffer: c.Buffer, Command: func(id uint32) string { return smpp.CommandID(id).String() }, Logger: a.log.Named("record"),
	})
	if err != nil {
		return fmt.Errorf("%w: record.directory needs a directory that this process may write to", err)
	}
	a.metrics.watchRecord(a.record)
	return nil
}

// hostNode makes a node's name of the host's.
func hostNode() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("record.node is needed: the host tells no name: %w", err)
	}
	node := strings.Map(func(r rune) rune {
		if record.CheckNode(string(r)) != nil {
			return '-'
		}
		return r
	}, host)
	return node[:min(len(node), 64)], nil
}

// closeRecord writes what is still to be written.
func (a *app) closeRecord() {
	if a.record != nil {
		if err := a.record.Close(); err != nil {
			a.log.Error("the end of the record is not written", zap.Error(err))
		}
	}
	if a.stream != nil {
		a.stream.close()
	}
}

// observer is who is told what the proxy does.
func (a *app) observer() proxy.Observer {
	o := recording{a.metrics, a.record, a.refusals}
	if a.record == nil && a.refusals == nil {
		return a.metrics
	}
	return o
}

// recording is an observer that hands decisions to the record, and to those that look at the API, too.
type recording struct {
	*metrics
	to       *record.Recorder // nil: none
	refusals *admin.Refusals  // nil: nobody looks
}

// Decided implements proxy.Observer.
func (r recording) Decided(s *proxy.Session, m *proxy.Message, d *rules.Decision) {
	r.metrics.Decided(s, m, d)
	if r.refusals != nil && d.Verdict == rules.Refuse {
		r.refusals.Note(s.Account, s.SystemID, m.Query.Source, d, time.Unix(0, m.Query.Now))
	}
	if r.to == nil {
		return
	}
	r.to.Decided(&record.Event{
		Session: s.ID, Sequence: m.Sequence, Command: uint32(m.ID), Account: s.Account, Bind: s.SystemID,
		Query: &m.Query, Decision: d,
	})
}

// watchRecord adds what became of the events of the record.
func (m *metrics) watchRecord(r *record.Recorder) {
	for _, c := range []struct {
		name, help string
		value      func(record.Stats) uint64
	}{
		{"geogate_record_written_total", "Events that are in the audit record.",
			func(s record.Stats) uint64 { return s.Written }},
		{"geogate_record_dropped_total", "Events that are not in it: the buffer was full.",
			func(s record.Stats) uint64 { return s.Dropped }},
		{"geogate_record_lost_total", "Events that are not in it: they could not be written.",
			func(s record.Stats) uint64 { return s.Lost }},
		{"geogate_record_errors_total", "Errors of the file system that keeps it.",
			func(s record.Stats) uint64 { return s.Errors }},
	} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: c.name, Help: c.help},
			func() float64 { return float64(c.value(r.Stats())) }))
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "geogate_record_failing", Help: "1: the audit record cannot be written just now.",
	}, func() float64 { return float64(flag(r.Stats().Failing)) }))
}

// recordStatus is the record as a node tells of it.
type recordStatus struct {
	File    string `json:"file"`
	Written uint64 `json:"written"`
	Dropped uint64 `json:"dropped"`
	Lost    uint64 `json:"lost"`
	Failing bool   `json:"failing"`
}

func (a *app) recordStatus() *recordStatus {
	if a.record == nil {
		return nil
	}
	s := a.record.Stats()
	return &recordStatus{File: s.File, Written: s.Written, Dropped: s.Dropped, Lost: s.Lost, Failing: s.Failing}
}

// String is one line for people.
func (s *recordStatus) String() string {
	state := ""
	if s.Failing {
		state = "FAILING, "
	}
	return fmt.Sprintf("%s%s, written %d, dropped %d, lost %d", state, s.File, s.Written, s.Dropped, s.Lost)
}
