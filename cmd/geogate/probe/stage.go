package probe

import (
	"context"
	"sync"
)

// stage plays scenarios, several at a time, and reports them in their order.
type stage struct {
	target *Target
	list   []scenario
	report func(Result)

	mu       sync.Mutex
	results  []*Result
	reported int
	lost     bool
}

func newStage(t *Target, list []scenario, report func(Result)) *stage {
	return &stage{target: t, list: list, report: report, results: make([]*Result, len(list))}
}

// run plays those side by side that do not disturb each other, then the others one by one.
func (g *stage) run(ctx context.Context) {
	var playing sync.WaitGroup
	slots := make(chan struct{}, max(1, g.target.Parallel))
	for i := range g.list {
		if g.list[i].alone {
			continue
		}
		slots <- struct{}{}
		playing.Go(func() {
			defer func() { <-slots }()
			g.play(ctx, i)
		})
	}
	playing.Wait()
	for i := range g.list {
		if g.list[i].alone {
			g.play(ctx, i)
		}
	}
}

func (g *stage) play(ctx context.Context, i int) {
	s := &g.list[i]
	r := Result{Number: s.number, Sent: s.sent, Asks: s.asks, Source: s.source}
	switch {
	case ctx.Err() != nil:
		return
	case g.isLost():
		r.Came, r.Verdict = "the server takes no binds any more", Skipped
	default:
		r.Came, r.Verdict = g.target.judge(ctx, s)
	}
	if ctx.Err() == nil { // otherwise the verdict is on the end of the probe
		g.done(i, &r)
	}
}

func (g *stage) isLost() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lost
}

// done reports a result, behind all that come before it.
func (g *stage) done(i int, r *Result) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.results[i] = r
	g.lost = g.lost || r.Verdict == Lost
	for g.reported < len(g.results) && g.results[g.reported] != nil {
		g.report(*g.results[g.reported])
		g.reported++
	}
}
