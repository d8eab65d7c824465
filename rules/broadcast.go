package rules

// AllowsAny reports whether everything is open to an account: what a broadcast_sm needs, which names an area
// of the message centre's and no number. A rule on `any` must forward, unnarrowed, with no block beside it at
// its rung, no lock on `any`, and no suspension.
func (p *Policy) AllowsAny(a *Account, now int64) bool {
	if !p.usable() || a == nil || a.own == nil || a.suspended != "" {
		return false
	}
	var w winner
	for i, l := range append(a.chain[:len(a.chain):len(a.chain)], link{set: p.platform}) {
		for j := range l.set.any {
			e := &l.set.any[j]
			switch action := e.rule.Action(); {
			case !e.rule.live(now):
			case action == Lock:
				return false
			case l.locksOnly:
			case action == Block:
				w.take(e, uint64(e.rank)<<rankShift|uint64(farthest-i)<<1|1)
			case !e.rule.match.HasClass && !e.rule.match.HasSender:
				w.take(e, uint64(e.rank)<<rankShift|uint64(farthest-i)<<1)
			}
		}
	}
	return w.forwards()
}
