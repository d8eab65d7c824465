package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"
)

// heldRest is the time between full passes while the last one is not believed.
const heldRest = 500 * time.Millisecond

// acceptedField of geo:meta says what Accept accepted: when, and which keys.
const acceptedField = "accepted"

// mark is what geo:meta says of the policy that is in force.
type mark struct {
	Present    bool  // it exists: its absence later means that this is not that Redis
	Accepted   int64 // Unix milliseconds of the last Accept
	Generation int64 // counts the edits made by the tools
}

func (m *mark) see(meta map[string]string) {
	m.Present = m.Present || len(meta) > 0
	at, _ := accepted(meta)
	m.Accepted = max(m.Accepted, at)
	m.Generation = generation(meta)
}

func generation(meta map[string]string) int64 {
	n, _ := strconv.ParseInt(meta["generation"], 10, 64)
	return n
}

// compare tells when a policy is taken that is older than the one in force. A replica that was promoted before it had
// the last edits is no reason to hold back those that follow; but countries that an older backup opens again are
// somebody's to look at.
func (f *follower) compare(meta map[string]string) {
	was, is := f.mark.Generation, generation(meta)
	if len(meta) == 0 || is >= was {
		return
	}
	f.s.opts.Logger.Error("Redis holds an older policy than before, which is now in force: make the edits again that it"+
		" lacks", zap.Int64("generation", is), zap.Int64("was", was))
	f.s.opts.Observer.Observe(Event{Kind: WentBack, Count: int(was - is)})
}

// disbelieve says why a full pass is not believed, or nil. An emptied, a half restored or another Redis is no
// order to delete accounts, credentials or the platform's locks. Where nothing was known before, Redis is
// taken as it is; and where every key is there, nothing is lost: who restores by HSET writes no geo:meta.
func (f *follower) disbelieve(all found, steady bool) *Held {
	known, dropped := f.accounts, f.latest.dropped(all.policy, isAccount)
	binds, lostBinds := f.latest.count(isBind), f.latest.dropped(all.policy, isBind)
	if known == 0 {
		return nil
	}
	held := &Held{Known: known, Dropped: dropped, NoMeta: f.mark.Present && len(all.meta) == 0}
	switch {
	case held.NoMeta && f.latest.dropped(all.policy, isLasting) > 0:
		held.Why = fmt.Sprintf("%smeta is gone, and %d of %d accounts, %d of %d groups, %d of %d credentials",
			f.s.opts.Prefix, dropped, known, f.latest.dropped(all.policy, isGroup), f.latest.count(isGroup), lostBinds, binds)
	case f.tooMany(dropped, known):
		held.Why = fmt.Sprintf("%d of %d accounts are gone", dropped, known)
	case f.tooMany(lostBinds, binds):
		held.Why = fmt.Sprintf("%d of %d credentials are gone", lostBinds, binds)
	case !steady && f.lostPlatform(all):
		held.Why = f.s.opts.Prefix + "platform is gone"
	default:
		return nil
	}
	if at, names := accepted(all.meta); at > f.mark.Accepted && names == all.policy.names() {
		return nil
	}
	held.Why += ": restore them, or run `geogate policy accept` if this is meant"
	return held
}

// lostPlatform reports whether the platform's rules are gone, and not by an edit of the tools, which counts.
func (f *follower) lostPlatform(all found) bool {
	_, had := f.latest[platformKey]
	_, has := all.policy[platformKey]
	return had && !has && generation(all.meta) <= f.mark.Generation
}

// steady reports whether Redis has been read at an interval and has answered every time: what goes between two
// such reads was deleted, as what tracking tells of was.
func (f *follower) steady() bool {
	return f.loaded && !f.held && f.fails == 0 && f.s.status.mode() == Polling
}

// tooMany is the share that may not vanish at once. One may always go, but not the last one.
func (f *follower) tooMany(dropped, known int) bool {
	return dropped > 0 && dropped == known || dropped > max(1, int(f.s.opts.MaxDrop*float64(known)))
}

// doubtful reports whether changes that were told one by one delete so much at once that a full pass must
// judge them.
func (f *follower) doubtful(delta content) bool {
	dropped := 0
	for key, v := range delta {
		if v.empty() && isAccount(key) {
			dropped++
		}
	}
	return dropped > 1 && f.tooMany(dropped, f.accounts)
}

// hold keeps the policy in force and says why.
func (f *follower) hold(why *Held) {
	f.due = time.Now().Add(max(heldRest, 5*f.took))
	f.owe(true)
	first := !f.held
	f.held = true
	f.s.status.set(func(s *Status) {
		why.Since = time.Now()
		if s.Held != nil {
			why.Since = s.Held.Since
		}
		s.Held = why
	})
	if first {
		f.s.log.Error("what redis holds is not believed; the last good policy stays", zap.String("why", why.Why))
		f.s.opts.Observer.Observe(Event{Kind: HeldBack, Count: why.Dropped})
	}
}

// release ends the hold.
func (f *follower) release() {
	if !f.held {
		return
	}
	f.held = false
	f.s.status.set(func(s *Status) { s.Held = nil })
	f.s.log.Info("what redis holds is believed again")
	f.s.opts.Observer.Observe(Event{Kind: Released})
}

// Accept declares that what Redis holds now is the policy, even where much of it is gone: every follower that
// holds a full pass back takes it. It names the very keys, so that it says nothing of what Redis may hold
// later. It writes to geo:meta and the log and needs WriteRights.
func (s *Store) Accept(ctx context.Context) error {
	all, err := s.readStable(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	last, _ := accepted(all.meta)
	at := max(time.Now().UnixMilli(), last+1) // the clock of who accepted last may be ahead
	token := fmt.Sprintf("%d %s", at, all.policy.names())
	why := fmt.Sprintf("accepted as it is: %d accounts", all.policy.count(isAccount))
	return s.write(ctx, transaction{Edit{By: s.opts.By, Why: why}, map[string]string{acceptedField: token}})
}

// accepted reads the field that Accept writes.
func accepted(meta map[string]string) (at int64, names string) {
	millis, names, _ := strings.Cut(meta[acceptedField], " ")
	at, err := strconv.ParseInt(millis, 10, 64)
	if err != nil {
		return 0, ""
	}
	return at, names
}

// names is a digest of which keys there are.
func (c content) names() string {
	sum := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(sum, "%d:%s", len(key), key)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
