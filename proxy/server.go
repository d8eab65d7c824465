package proxy

import (
	"cmp"
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	"geogate/smpp"
)

// Server takes connections of ESMEs and pairs each with a message centre. Its methods are safe for several
// goroutines.
type Server struct {
	admission *admission
	loops     loops
	pools     *pools
	settings  atomic.Pointer[settings] // what new sessions take over

	// ctx ends when nothing new may be started upstream.
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup // one for each Serve and each pair

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	pairs     map[*pair]struct{}
	carried   Traffic // by the sessions that have ended
	lastID    uint64
	closing   bool
	following bool          // followAsides runs
	stopped   chan struct{} // closed when closing is set
	changed   chan struct{} // from PolicyChanged to followAsides
}

// New returns a Server that does not listen yet. The error joins every fault of the configuration.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Server{
		admission: newAdmission(), pools: newPools(), listeners: map[net.Listener]struct{}{}, pairs: map[*pair]struct{}{},
		stopped: make(chan struct{}), changed: make(chan struct{}, 1),
	}
	s.settings.Store(newSettings(cfg))
	s.admission.buckets.limitAll(cfg.MaxTPS)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	spare.take()
	return s, nil
}

// settings are a Config ready for use. They never change; Reconfigure puts others in their place.
type settings struct {
	Config
	relayed map[smpp.CommandID]bool // RelayCommands
}

func newSettings(cfg Config) *settings {
	s := &settings{Config: cfg, relayed: map[smpp.CommandID]bool{}}
	for _, id := range cfg.RelayCommands {
		s.relayed[id] = true
	}
	return s
}

// Reconfigure makes cfg what every connection accepted from now on goes by; the sessions that live keep what
// they began with. On an error, which joins every fault of cfg, nothing changes.
func (s *Server) Reconfigure(cfg Config) error {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return err
	}
	s.settings.Store(newSettings(cfg))
	s.pools.keep(cfg.Upstreams)
	s.admission.buckets.limitAll(cfg.MaxTPS)
	return nil
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
