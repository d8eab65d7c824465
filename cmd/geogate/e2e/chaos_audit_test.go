package e2e

import (
	"cmp"
	"slices"
	"time"

	"geogate/smpp"
)

// staleLimit is how old a policy may be that a verdict goes by, but for the time of a fault.
const staleLimit = 5 * time.Second

// named is a revision as a refusal names it: the counter of one Geogate process.
type named struct {
	incarnation int
	revision    uint64
}

// hull is what a revision can have been: one of the editions from first to last. Every verdict that names the
// revision narrows it; one that leaves nothing was wrong.
type hull struct{ first, last int }

// audit checks the books of a round and closes them. Nothing is sent or taken any more.
func (c *chaos) audit() {
	c.mu.Lock()
	var books []*chaosSession
	for _, s := range c.books {
		books = append(books, s)
	}
	clear(c.books)
	c.mu.Unlock()
	slices.SortFunc(books, func(a, b *chaosSession) int { return cmp.Compare(a.id, b.id) })
	a := &auditor{chaos: c, list: c.policy.list, hulls: map[named]*hull{}, spans: c.spans}
	for _, s := range books {
		a.ending(s)
		for i := range s.messages {
			a.message(s, i)
		}
		a.lost(s)
		a.receipts(s)
	}
	a.monotone()
	for _, s := range books {
		a.forwards(s)
	}
	c.report.sessions += len(books)
	c.report.revisions += len(a.hulls)
	for _, h := range a.hulls {
		if h.first == h.last {
			c.report.pinned++
		}
	}
}

type auditor struct {
	chaos *chaos
	list  []edition
	hulls map[named]*hull
	spans []span
}

// ending checks that a session ended for a reason.
func (a *auditor) ending(s *chaosSession) {
	r := &a.chaos.report
	r.endings[s.end]++
	if s.end == endOwn || s.end == endReset || a.disturbed(s.bound, s.ended) {
		return
	}
	a.chaos.violate("session %d of c%d ended by itself (%d) at %v, bound at %v, and no fault was near", s.id, s.account,
		s.end, s.ended, s.bound)
}

// disturbed reports whether a session may have ended for a fault: one that lasted until then, or began in its
// life. A fault lasts until every ESME is served again, so that it has no effect on sessions afterwards.
func (a *auditor) disturbed(bound, ended time.Duration) bool {
	for _, f := range a.spans {
		if f.struck&cuts != 0 && bound <= f.to && f.from <= ended && ended <= f.to {
			return true
		}
	}
	return false
}

// outOfOrder is how much later a message centre may take a message that it answers sooner.
const outOfOrder = time.Second

// lost finds what a fault does not excuse: a message that got lost before one that arrived, and an answer that got
// lost before another one.
func (a *auditor) lost(s *chaosSession) {
	var behind time.Duration   // when the first of the later messages was taken; 0: none was
	var answered time.Duration // when the last one was taken that has an answer
	for i := len(s.messages) - 1; i >= 0; i-- {
		m := &s.messages[i]
		switch {
		case m.answered == 0 && m.times == 0 && behind > 0 && !a.unread(s, m, behind):
			a.chaos.violate("session %d, message %d to %s: neither taken nor answered; a later one was taken", s.id, i,
				chaosDests[m.dest].region)
		case m.answered == 0 && m.times > 0 && m.taken+outOfOrder < answered:
			a.chaos.violate("session %d, message %d: taken at %v, not answered; one taken at %v was", s.id, i, m.taken,
				answered)
		}
		if m.times > 0 && (behind == 0 || m.taken < behind) {
			behind = m.taken
		}
		if m.times > 0 && m.answered > 0 {
			answered = max(answered, m.taken)
		}
	}
}

// unread reports whether a message that was judged by then may have been refused, and the refusal thrown away with what
// else the ESME had not read when it closed the connection itself.
func (a *auditor) unread(s *chaosSession, m *message, then time.Duration) bool {
	if s.end != endReset && s.end != endTimeout {
		return false
	}
	first, last := a.inTime(m.sent, then)
	return slices.ContainsFunc(a.list[first:last+1], func(e edition) bool {
		return e.verdict(s.account, int(m.dest)) != ""
	})
}

// receipts checks that each receipt is for a message of the session that it came to, and came once.
func (a *auditor) receipts(s *chaosSession) {
	due := map[mcMessage]bool{}
	for i := range s.messages {
		if wantsReceipt(i) {
			due[s.messages[i].byMC] = true
		}
	}
	delete(due, mcMessage{}) // of those that were not taken
	for _, id := range s.receipts {
		if !due[id] {
			a.chaos.violate("session %d: a receipt for message %v, which is another's or was there before", s.id, id)
		}
		delete(due, id)
	}
	a.chaos.report.receipts += len(s.receipts)
}

// message checks one message by itself, and lets a refusal narrow down what its revision was.
func (a *auditor) message(s *chaosSession, i int) {
	m, c := &s.messages[i], a.chaos
	c.report.sent++
	switch {
	case m.answered == 0:
		c.report.unanswered++
		if m.times > 0 && a.drained(s) {
			c.violate("session %d, message %d: taken, and not answered by a Geogate that drained", s.id, i)
		}
		return
	case m.reason != "":
		c.report.refused++
		c.report.reasons[m.reason]++
		if m.times > 0 {
			c.violate("session %d, message %d: refused (%s), and taken by a message centre", s.id, i, m.reason)
		}
		a.refusal(s, i)
		return
	case m.times == 0 && m.status == smpp.ESME_RTHROTTLED && a.geogateEnds(m.answered):
		c.report.late++ // it came while the answers of the ESME were awaited
		return
	}
	c.report.statuses[m.status]++
	if m.times == 0 {
		c.violate("session %d, message %d: answered with %v, and no message centre took it", s.id, i, m.status)
	} else if m.status == smpp.ESME_ROK && m.byAnswer != m.byMC {
		c.violate("session %d, message %d: answered as message %v, taken as %v", s.id, i, m.byAnswer, m.byMC)
	}
}

// drained reports whether a session was ended in order by a Geogate that got a SIGTERM, with nothing else
// wrong.
func (a *auditor) drained(s *chaosSession) bool {
	if s.end != endUnbound {
		return false
	}
	for _, f := range a.spans {
		if f.drain && f.from <= s.ended && s.ended <= f.to {
			return true
		}
	}
	return false
}

// geogateEnds reports whether a fault that ends Geogate was under way.
func (a *auditor) geogateEnds(at time.Duration) bool {
	for _, f := range a.spans {
		if f.struck&ofGeogate != 0 && f.from <= at && at <= f.to {
			return true
		}
	}
	return false
}

// refusal checks a refusal against the revision that it names.
func (a *auditor) refusal(s *chaosSession, i int) {
	m := &s.messages[i]
	name := named{s.incarnation, m.revision}
	h := a.hulls[name]
	if h == nil {
		h = &hull{0, len(a.list) - 1}
		a.hulls[name] = h
	}
	was := *h
	first, last := a.inTime(m.sent, m.answered)
	first, last = max(first, h.first), min(last, h.last)
	h.first, h.last = -1, -1
	for k := first; k <= last; k++ {
		e := &a.list[k]
		if smpp.Status(versionBase+e.accounts[s.account].version) != m.status ||
			e.verdict(s.account, int(m.dest)) != m.reason {
			continue
		}
		if h.first < 0 {
			h.first = k
		}
		h.last = k
	}
	a.chaos.report.checked++
	if h.first < 0 {
		*h = was
		a.chaos.violate("session %d, message %d of c%d to %s, sent %v, answered %v: refused as %s by version %d in "+
			"revision %d of Geogate %d; none of the editions %d to %d (by time %d to %d) says that", s.id, i, s.account,
			chaosDests[m.dest].region, m.sent, m.answered, m.reason, m.status-versionBase, m.revision, s.incarnation,
			was.first, was.last, first, last)
	}
}

// inTime is which editions may have been in force at Geogate at some moment from one to the other.
func (a *auditor) inTime(from, to time.Duration) (first, last int) {
	oldest := a.stale(from)
	first, _ = slices.BinarySearchFunc(a.list, oldest, func(e edition, t time.Duration) int {
		if e.acked == 0 || e.acked > t {
			return 1
		}
		return -1
	})
	first = max(0, first-1) // in force until the next one was in Redis
	last, _ = slices.BinarySearchFunc(a.list, to, func(e edition, t time.Duration) int {
		if e.began > t {
			return 1
		}
		return -1
	})
	return first, last - 1
}

// stale is the moment whose policy may still be in force at t.
func (a *auditor) stale(t time.Duration) time.Duration {
	oldest := t - staleLimit
	for i := len(a.spans) - 1; i >= 0; i-- {
		if f := &a.spans[i]; f.struck&stales != 0 && f.from <= t && oldest <= f.to {
			oldest = min(oldest, f.from-staleLimit)
		}
	}
	return oldest
}

// monotone checks that later revisions are no older editions, and uses it to narrow them down.
func (a *auditor) monotone() {
	names := make([]named, 0, len(a.hulls))
	for name := range a.hulls {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y named) int {
		return cmp.Or(cmp.Compare(x.incarnation, y.incarnation), cmp.Compare(x.revision, y.revision))
	})
	for i, name := range names {
		if i == 0 || names[i-1].incarnation != name.incarnation {
			continue
		}
		h, before := a.hulls[name], a.hulls[names[i-1]]
		h.first = max(h.first, before.first)
		if h.first > h.last {
			a.chaos.violate("revision %d of Geogate %d is edition %d at the latest, and an earlier one %d at the earliest",
				name.revision, name.incarnation, h.last, h.first)
			h.first = h.last
		}
	}
}

// forwards checks what was handed on: it was allowed in a policy between those that the refusals before and
// behind it on the same session name, mostly one and the same.
func (a *auditor) forwards(s *chaosSession) {
	next := a.nextRevisions(s)
	var before uint64
	for i := range s.messages {
		m := &s.messages[i]
		if m.reason != "" {
			if m.revision < before {
				a.chaos.violate("session %d, message %d: judged by revision %d behind one of %d", s.id, i, m.revision, before)
			}
			before = m.revision
			continue
		}
		if m.times == 0 {
			continue
		}
		until := m.taken
		if m.answered > 0 {
			until = min(until, m.answered)
		}
		first, last := a.inTime(m.sent, until)
		if before > 0 {
			first = max(first, a.hulls[named{s.incarnation, before}].first)
		}
		if next[i] > 0 {
			last = min(last, a.hulls[named{s.incarnation, next[i]}].last)
		}
		a.chaos.report.checked++
		if before > 0 && before == next[i] {
			a.chaos.report.exact++
		}
		if !a.forwarded(s.account, int(m.dest), first, last) {
			a.chaos.violate("session %d, message %d of c%d to %s, sent %v, taken %v: forwarded between revisions %d and %d of "+
				"Geogate %d; none of the editions %d to %d allows that", s.id, i, s.account, chaosDests[m.dest].region, m.sent,
				m.taken, before, next[i], s.incarnation, first, last)
		}
	}
}

func (a *auditor) forwarded(account, dest, first, last int) bool {
	for k := first; k <= last; k++ {
		if a.list[k].verdict(account, dest) == "" {
			return true
		}
	}
	return false
}

// nextRevisions are the revisions that the next refusals behind each message name; 0: there is none.
func (a *auditor) nextRevisions(s *chaosSession) []uint64 {
	next := make([]uint64, len(s.messages))
	var revision uint64
	for i := len(s.messages) - 1; i >= 0; i-- {
		next[i] = revision
		if s.messages[i].reason != "" {
			revision = s.messages[i].revision
		}
	}
	return next
}
