package proxy

// side is one socket of a flow; of the zero value there is none.
type side struct {
	*socket
	flow *flow
	esme bool
}

// inbox is what it is read into.
func (s *side) inbox() *inbox {
	if s.esme {
		return s.flow.pair.in
	}
	return s.flow.pair.mcIn
}

// receive reads once: what is sealed into a buffer of the loop's, for takeSealed. So many octets are to be taken now; full:
// more may be there. false: the connection has ended.
func (s *side) receive(sealed []byte) (octets int, full, ok bool) {
	in := s.inbox()
	if !in.plain() {
		full, ok = s.socket.receive(sealed)
		return len(s.ahead), full, ok
	}
	ok = in.readOnce(s.fd)
	return in.w - in.r, in.full(), ok
}

// take takes what has been read from it.
func (s *side) take() bool {
	if s.esme {
		return s.flow.takeESME()
	}
	return s.flow.takeMC()
}

// takeFirst takes what had come before the loop had it.
func (s *side) takeFirst() bool { return s.take() && (s.inbox().plain() || s.takeSealed()) }

// takeSealed takes what TLS makes of what has been received, until it makes nothing more of it: of what it kept back no
// event would tell.
func (s *side) takeSealed() bool {
	for {
		more, err := s.inbox().unseal()
		if err != nil {
			return false // it comes again
		}
		if ok := s.take(); !ok || !more {
			return ok
		}
	}
}
