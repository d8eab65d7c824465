package proxy

import (
	"cmp"
	"context"
	"net"
	"slices"
	"sync"

	"geogate/smpp"
)

// Server takes connections of ESMEs and pairs each with a message centre. Its methods are safe for several
// goroutines.
type Server struct {
	// static
	cfg       Config
	admission *admission
	relayed   map[smpp.CommandID]bool // Config.RelayCommands

	// ctx ends when nothing new may be started upstream.
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup // one for each Serve and each pair

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	pairs     map[*pair]struct{}
	lastID    uint64
	closing   bool
}

// New returns a Server that does not listen yet. The error joins every fault of the configuration.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, listeners: map[net.Listener]struct{}{}, pairs: map[*pair]struct{}{}}
	s.admission = newAdmission(&s.cfg)
	s.relayed = map[smpp.CommandID]bool{}
	for _, id := range cfg.RelayCommands {
		s.relayed[id] = true
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Sessions lists the sessions that live, by ID.
func (s *Server) Sessions() []SessionInfo {
	s.mu.Lock()
	list := make([]SessionInfo, 0, len(s.pairs))
	for p := range s.pairs {
		list = append(list, p.info())
	}
	s.mu.Unlock()
	slices.SortFunc(list, func(a, b SessionInfo) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
