package proxy

import "time"

// touch notes that the ESME lives.
func (p *pair) touch() { p.lastRead.Store(int64(time.Since(p.start))) }

// watchIdle starts the inactivity timer. It is not set anew with every message: when it runs out it looks at
// when the ESME was last heard, and sleeps for the rest.
func (p *pair) watchIdle() {
	if p.cfg.Inactivity < 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = time.AfterFunc(p.cfg.Inactivity, p.checkIdle)
}

func (p *pair) checkIdle() {
	heard := time.Duration(p.lastRead.Load())
	if rest := p.cfg.Inactivity - (time.Since(p.start) - heard); rest > 0 {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.idle != nil {
			p.idle.Reset(rest)
		}
		return
	}
	p.drain(Inactive)
}

// ignoreIdle stops the timer for good.
func (p *pair) ignoreIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle != nil {
		p.idle.Stop()
		p.idle = nil
	}
}
