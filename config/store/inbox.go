package store

import "sync"

// inbox collects what the watch connections hear until the follower has time for it.
type inbox struct {
	wake chan struct{} // holds one token while there is something to look at

	mu   sync.Mutex
	keys map[string]bool // changed, prefix taken off
	full bool            // anything may have changed
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1), keys: map[string]bool{}} }

// changed notes keys; those of one call are taken together.
func (b *inbox) changed(keys []string) {
	if len(keys) == 0 {
		return
	}
	b.mu.Lock()
	for _, key := range keys {
		b.keys[key] = true
	}
	b.mu.Unlock()
	b.poke()
}

// all notes that everything must be read again.
func (b *inbox) all() {
	b.mu.Lock()
	b.full = true
	b.mu.Unlock()
	b.poke()
}

// poke wakes the follower.
func (b *inbox) poke() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take empties the inbox.
func (b *inbox) take() (keys []string, full bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	keys = make([]string, 0, len(b.keys))
	for key := range b.keys {
		keys = append(keys, key)
	}
	full = b.full
	clear(b.keys)
	b.full = false
	return keys, full
}
