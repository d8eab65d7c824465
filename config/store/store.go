package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"go.uber.org/zap"

	"geogate/rules"
	"geogate/rules/numplan"
)

// Store follows the policy in one Redis, and changes it. Its methods may be called from all goroutines.
type Store struct {
	// static after Open
	opts     Options
	endpoint Endpoint
	client   redis.UniversalClient
	log      *zap.Logger

	current atomic.Pointer[rules.Policy] // what Policy answers
	ready   chan struct{}                // closed at the first policy
	running atomic.Bool

	status   board
	follower *follower
}

// quietClient silences the client library, which writes to standard error by itself. What it has to say comes
// back as an error, too.
var quietClient = sync.OnceFunc(logging.Disable)

// Open checks the options and reads the snapshot, where there is one: then Policy has an answer at once. It
// does not touch the network. The caller closes the Store, after Run has returned.
func Open(opts Options) (*Store, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	endpoint, err := ParseURL(opts.URL)
	if err != nil {
		return nil, err
	}
	if opts.TLS != nil {
		endpoint.TLS = opts.TLS
	}
	if opts.Plan == nil {
		opts.Plan = numplan.Default()
	}
	quietClient()
	s := &Store{
		opts: opts, endpoint: endpoint, client: newClient(endpoint), log: opts.Logger, ready: make(chan struct{}),
	}
	s.status.init()
	s.follower = newFollower(s)
	s.follower.restore()
	return s, nil
}

// Close gives the connections up.
func (s *Store) Close() error { return s.client.Close() }

// Policy is the policy in force: one atomic load. It is nil, which refuses everything with
// policy_unavailable, until something was loaded, and while it is older than Options.MaxStale.
func (s *Store) Policy() *rules.Policy { return s.current.Load() }

// Ready is closed when the first policy is in force.
func (s *Store) Ready() <-chan struct{} { return s.ready }

// Endpoint says which Redis is followed.
func (s *Store) Endpoint() Endpoint { return s.endpoint }

// Status tells how well Redis is being followed.
func (s *Store) Status() Status { return s.status.read() }

// Run follows Redis until ctx ends; whatever happens to Redis meanwhile, it goes on. It returns nil at the
// end of ctx, and an error only when it was called twice. All its goroutines have ended when it returns, and
// the snapshot is on disk.
func (s *Store) Run(ctx context.Context) error {
	if !s.running.CompareAndSwap(false, true) {
		return errors.New("the store is followed already")
	}
	f := s.follower
	var wg sync.WaitGroup
	wg.Go(func() { f.watchers.run(ctx) })
	wg.Go(func() { f.saver.run(ctx) })
	f.run(ctx)
	wg.Wait()
	f.saver.flush()
	return nil
}

// Load reads the whole policy from Redis once, as it is written, for the tools.
func (s *Store) Load(ctx context.Context) (rules.Written, error) {
	found, err := s.readStable(ctx, nil)
	if err != nil {
		return rules.Written{}, s.explain(err)
	}
	return found.policy.written(), nil
}

// swap puts a policy in force.
func (s *Store) swap(p *rules.Policy, e Event, source Source, accounts int) {
	s.current.Store(p)
	news := s.status.swapped(p.Revision(), p.Faults(), source, accounts)
	select {
	case <-s.ready:
	default:
		close(s.ready)
	}
	e.Kind, e.Revision = Swapped, p.Revision()
	s.opts.Observer.Observe(e)
	s.log.Debug("policy in force", zap.Uint64("revision", e.Revision), zap.Stringer("source", source),
		zap.Int("changed", e.Count), zap.Duration("took", e.Took))
	for i, fault := range news {
		if i == 10 {
			s.log.Warn("and more faults", zap.Int("more", len(news)-i))
			break
		}
		s.log.Warn("written in redis, but not in force", zap.Error(fault))
	}
}

// failed notes that Redis could not be used, and logs it; the same once a minute.
func (s *Store) failed(doing string, err error) {
	err = fmt.Errorf("%s: %w", doing, s.explain(err))
	if s.status.failed(err, time.Now()) {
		meanwhile := "the last good policy serves on"
		if s.Policy() == nil {
			meanwhile = "there is no policy to serve on, and all is refused"
		}
		s.log.Warn("redis is not followed at the moment; "+meanwhile, zap.Error(err))
	}
	s.opts.Observer.Observe(Event{Kind: Failed, Err: err})
}
