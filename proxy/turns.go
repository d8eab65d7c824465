package proxy

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// turns shares a few places out among names. Who finds none free waits in the line of its name, and the lines are
// served in rounds, one of each: however many wait under one name, they delay another name by no more than one of
// them.
type turns struct {
	places int

	mu     sync.Mutex
	taken  int
	lines  map[string][]chan struct{} // by name; none is empty
	order  []string                   // the names of the lines, in the order in which they began
	served map[string]bool            // the names that had their place in this round
}

// maxLine is how many may wait under one name: more than can be served before they give up.
const maxLine = 1024

var errLongLine = errors.New("very many wait for the same")

func newTurns(places int) *turns {
	return &turns{places: places, lines: map[string][]chan struct{}{}, served: map[string]bool{}}
}

// take waits for a place, which give gives back. The error is ctx's when it ends before, or says that the line is too
// long.
func (t *turns) take(ctx context.Context, name string) error {
	turn, err := t.queue(name)
	if turn == nil {
		return err
	}
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		t.leave(name, turn)
		return ctx.Err()
	}
}

// queue takes a free place or one in the line; nil and no error: a free one.
func (t *turns) queue(name string) (chan struct{}, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken < t.places {
		t.taken++
		t.served[name] = true
		return nil, nil
	}
	line := t.lines[name]
	switch {
	case len(line) >= maxLine:
		return nil, errLongLine
	case len(line) == 0:
		t.order = append(t.order, name)
	}
	turn := make(chan struct{})
	t.lines[name] = append(line, turn)
	return turn, nil
}

// leave takes one that waits no more out of its line. Its turn may have come meanwhile: then it is the next one's.
func (t *turns) leave(name string, turn chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.lines[name], turn)
	if i < 0 {
		t.pass()
		return
	}
	t.cut(name, i)
}

// give gives a place back.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass()
}

// pass hands a place to the first line that had none in this round.
func (t *turns) pass() {
	i := slices.IndexFunc(t.order, func(name string) bool { return !t.served[name] })
	if i < 0 {
		clear(t.served)
		i = 0
	}
	if len(t.order) == 0 {
		t.taken--
		return
	}
	name := t.order[i]
	t.served[name] = true
	close(t.lines[name][0])
	t.cut(name, 0)
}

// cut takes the i-th out of a line.
func (t *turns) cut(name string, i int) {
	line := slices.Delete(t.lines[name], i, i+1)
	if len(line) > 0 {
		t.lines[name] = line
		return
	}
	delete(t.lines, name)
	t.order = slices.DeleteFunc(t.order, func(n string) bool { return n == name })
}
