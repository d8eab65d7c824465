package store

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// topologyRest is the time between two looks at which masters a Cluster has.
const topologyRest = time.Second

// watchers runs one watcher, or one for each master of a Cluster.
type watchers struct {
	s     *Store
	inbox *inbox

	group   sync.WaitGroup
	running map[string]context.CancelFunc // by address of the master; owned by run

	mu  sync.Mutex
	all map[*watcher]bool
}

func newWatchers(s *Store, inbox *inbox) *watchers {
	return &watchers{
		s: s, inbox: inbox, running: map[string]context.CancelFunc{}, all: map[*watcher]bool{},
	}
}

// run watches until ctx ends and all watchers have ended.
func (w *watchers) run(ctx context.Context) {
	defer w.group.Wait()
	cluster, ok := w.s.client.(*redis.ClusterClient)
	if !ok {
		w.watch(ctx, "")
		return
	}
	tick := time.NewTicker(topologyRest)
	defer tick.Stop()
	for {
		if masters, err := w.masters(ctx, cluster); err == nil {
			w.follow(ctx, masters)
		} else if ctx.Err() == nil {
			w.s.failed("listing the masters", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// masters lists the addresses of the masters that the client knows; it asks the Cluster once a second.
func (w *watchers) masters(ctx context.Context, cluster *redis.ClusterClient) (map[string]bool, error) {
	masters := map[string]bool{}
	var mu sync.Mutex
	err := cluster.ForEachMaster(ctx, func(_ context.Context, master *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		masters[master.Options().Addr] = true
		return nil
	})
	return masters, err
}

// follow starts and ends watchers so that each master has one. A new one leads to a full pass when it is
// connected.
func (w *watchers) follow(ctx context.Context, masters map[string]bool) {
	for addr := range masters {
		if w.running[addr] != nil {
			continue
		}
		own, cancel := context.WithCancel(ctx)
		w.running[addr] = cancel
		w.group.Go(func() { w.watch(own, addr) })
	}
	for addr, cancel := range w.running {
		if !masters[addr] {
			cancel()
			delete(w.running, addr)
		}
	}
}

// watch runs one watcher until ctx ends.
func (w *watchers) watch(ctx context.Context, addr string) {
	one := &watcher{s: w.s, inbox: w.inbox, addr: addr, link: w.s.status.link()}
	w.mu.Lock()
	w.all[one] = true
	w.mu.Unlock()
	one.run(ctx)
	w.mu.Lock()
	delete(w.all, one)
	w.mu.Unlock()
	w.s.status.unlink(one.link)
}
