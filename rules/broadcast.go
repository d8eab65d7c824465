package rules

// AllowsAny reports whether everything is open to an account: what a broadcast_sm needs, which names an area of
// the message centre's and no number, so that nobody here knows whom it reaches. A rule on `any` must forward,
// narrowed to no class or sender, and no live rule that reaches the account may refuse anything. A suspended
// account sends nothing.
func (p *Policy) AllowsAny(a *Account, now int64) bool {
	if !p.usable() || a == nil || a.broken() || a.suspended {
		return false
	}
	opened := p.platform.opensAny(now)
	refused := p.platform.refusesSome(now, false)
	for _, l := range a.chain() {
		opened = opened || !l.locksOnly && l.account.set.opensAny(now)
		refused = refused || l.account.set.refusesSome(now, l.locksOnly)
	}
	return opened && !refused
}

// opensAny reports whether a live rule forwards every number of the open classes.
func (s *ruleset) opensAny(now int64) bool {
	for _, r := range s.written {
		all := r.match.Rung == RungAny && r.match.Group == "" && !r.match.HasClass && !r.match.HasSender
		if all && r.live(now) && r.Action().Forwards() {
			return true
		}
	}
	return false
}

// refusesSome reports whether a live rule refuses anything; beyond an inherit=no, only a lock can.
func (s *ruleset) refusesSome(now int64, locksOnly bool) bool {
	for _, r := range s.written {
		if action := r.Action(); r.live(now) && (action == Lock || action == Block && !locksOnly) {
			return true
		}
	}
	return false
}
