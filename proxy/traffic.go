package proxy

// Traffic is what a Server has carried since it was made: octets of whole PDUs behind the bind.
type Traffic struct {
	FromESME, ToMC uint64
	FromMC, ToESME uint64
}

// add adds what a session has carried.
func (t *Traffic) add(s *Session) {
	t.FromESME += s.counts[octetsFromESME].Load()
	t.ToMC += s.counts[octetsToMC].Load()
	t.FromMC += s.counts[octetsFromMC].Load()
	t.ToESME += s.counts[octetsToESME].Load()
}

// Traffic sums it up over the sessions that live and those that have ended. It never goes back.
func (s *Server) Traffic() Traffic {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.carried
	for p := range s.pairs {
		sum.add(&p.session)
	}
	return sum
}
