package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// barrier waits until the watch connections have passed on everything that Redis told before now. A reply to
// a read and the notice of a change that it shows travel on two connections; the PONG comes behind the
// notice.
func (w *watchers) barrier(ctx context.Context) {
	var answers []<-chan struct{}
	w.mu.Lock()
	for one := range w.all {
		answers = append(answers, one.pings.send(ctx))
	}
	w.mu.Unlock()
	limit := time.NewTimer(w.s.opts.Idle)
	defer limit.Stop()
	for _, answer := range answers {
		select {
		case <-answer:
		case <-limit.C: // the watcher will find the connection dead, and a full pass follows
			return
		case <-ctx.Done():
			return
		}
	}
}

// pings are the PINGs of one watch connection that somebody waits for.
type pings struct {
	mu           sync.Mutex
	subscription *redis.PubSub // nil: there is no connection
	number       uint64
	waiting      map[string]chan struct{} // by payload; closed at the PONG or at the end of the connection
}

func (p *pings) start(subscription *redis.PubSub) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscription, p.waiting = subscription, map[string]chan struct{}{}
}

// stop ends every wait.
func (p *pings) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscription = nil
	for _, answer := range p.waiting {
		close(answer)
	}
	p.waiting = nil
}

// send sends a PING. The channel is closed when there is nothing to wait for any more.
func (p *pings) send(ctx context.Context) <-chan struct{} {
	answer := make(chan struct{})
	p.mu.Lock()
	subscription := p.subscription
	if subscription == nil {
		p.mu.Unlock()
		close(answer)
		return answer
	}
	p.number++
	payload := fmt.Sprintf("%s %d", pingWord, p.number)
	p.waiting[payload] = answer
	p.mu.Unlock()
	if err := subscription.Ping(ctx, payload); err != nil {
		p.answered(payload)
	}
	return answer
}

// answered ends the wait for one PONG.
func (p *pings) answered(payload string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if answer, ok := p.waiting[payload]; ok {
		close(answer)
		delete(p.waiting, payload)
	}
}
