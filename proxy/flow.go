package proxy

// flow is a bound session in an event loop: both its connections are sockets, with TLS over them or without, and
// nothing goes on but relaying. Everything else, the session's end above all, is the business of the session's
// own goroutines, to which the loop gives it back.
type flow struct {
	pair     *pair
	loop     *loop
	esme, mc *socket
	over     struct{ esme, mc bool } // nothing more is to be taken from that side
	gone     bool                    // it was given back
}

// joinLoop gives the session to an event loop; false: its goroutines go on.
func (p *pair) joinLoop() bool {
	esme, mc := socketOf(p.esme), socketOf(p.mc)
	if esme == nil || mc == nil {
		return false
	}
	l := p.srv.loops.pick()
	if l == nil {
		return false
	}
	f := &flow{pair: p, loop: l, esme: esme, mc: mc}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining || p.closed || esme.detach(f) != nil {
		return false
	}
	if mc.detach(f) != nil {
		esme.attach()
		p.in.useTCP(p.esme)
		return false
	}
	l.join(f)
	return true
}

// takeESME is one round of fromESME with what has been read.
func (f *flow) takeESME() bool {
	more := f.pair.takeBatch()
	f.pair.fwd.reset()
	f.pair.in.putAside()
	f.over.esme = !more
	return more
}

// takeMC is one round of fromMC.
func (f *flow) takeMC() bool {
	more := f.pair.relayBatch()
	f.pair.back.reset()
	f.pair.mcIn.putAside()
	f.over.mc = !more
	return more
}

// contain ends a session in which something panicked, and no other: what it left on the loop's desk goes nowhere.
func (f *flow) contain() {
	if problem := recover(); problem != nil {
		f.loop.clear()
		f.over.esme, f.over.mc = true, true
		f.pair.panicked(problem)
		f.loop.letGo(f)
	}
}

// resume goes on with the session behind what the loop has left to write.
func (p *pair) resume(f *flow) {
	p.in.useTCP(p.esme)
	p.mcIn.useTCP(p.mc)
	f.writePending()
	p.relayBoth(f.over.esme, f.over.mc)
	p.contain(p.finish)
}

// writePending writes what is pending. Behind what a side has not taken whole nothing may follow.
func (f *flow) writePending() {
	p := f.pair
	if err := f.esme.writePending(p.cfg.WriteDeadline); err != nil {
		p.out.fail(err)
	}
	if err := f.mc.writePending(p.cfg.WriteDeadline); err != nil {
		p.mcFailed(err)
		f.over.esme = true
	}
}
