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
// notice. It reports false when a connection is missing, ends meanwhile or does not answer: then nobody knows
// what changed.
func (w *watchers) barrier(ctx context.Context) (passed bool) {
	var answers []<-chan bool
	w.mu.Lock()
	for one := range w.all {
		answers = append(answers, one.pings.send(ctx))
	}
	w.mu.Unlock()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for _, answer := range answers {
		select {
		case passed := <-answer:
			if !passed {
				return false
			}
		case <-limit.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
	return len(answers) > 0
}

// pings are the PINGs of one watch connection that somebody waits for.
type pings struct {
	mu           sync.Mutex
	subscription *redis.PubSub // nil: there is no connection
	number       uint64
	waiting      map[string]chan bool // by payload; true at the PONG, closed at the end of the connection
}

func (p *pings) start(subscription *redis.PubSub) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscription, p.waiting = subscription, map[string]chan bool{}
}

// stop ends every wait, in vain.
func (p *pings) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscription = nil
	for _, answer := range p.waiting {
		close(answer)
	}
	p.waiting = nil
}

// send sends a PING. The channel gives true at its PONG, and false when there is none to wait for any more.
func (p *pings) send(ctx context.Context) <-chan bool {
	answer := make(chan bool, 1)
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
		p.answered(payload, false)
	}
	return answer
}

// answered ends the wait for one PONG, which came or will not come.
func (p *pings) answered(payload string, came bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if answer, ok := p.waiting[payload]; ok {
		answer <- came
		delete(p.waiting, payload)
	}
}
