package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress is a bar on standard error for a batch that takes long. It is nil, and does nothing, where nobody
// watches or where it would be mixed with the answers.
type progress struct {
	bar     *progressbar.ProgressBar
	pending int
}

// barAfter is how long a batch runs before it shows a bar.
const barAfter = time.Second

func newProgress(w *world, size int64) *progress {
	if !isTerminal(w.err) || isTerminal(w.out) {
		return nil
	}
	start := time.Now()
	return &progress{bar: progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(delayed{w.err, start.Add(barAfter)}),
		progressbar.OptionShowBytes(true), progressbar.OptionSetDescription("answering"),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
	)}
}

// delayed drops what is written before a time.
type delayed struct {
	to    io.Writer
	start time.Time
}

func (d delayed) Write(b []byte) (int, error) {
	if time.Now().Before(d.start) {
		return len(b), nil
	}
	return d.to.Write(b)
}

func (p *progress) add(line int) {
	if p == nil {
		return
	}
	if p.pending += line + 1; p.pending > 64<<10 {
		_ = p.bar.Add(p.pending) // a bar that cannot be drawn is no reason to stop
		p.pending = 0
	}
}

func (p *progress) finish() {
	if p != nil {
		_ = p.bar.Finish()
	}
}
