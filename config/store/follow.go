package store

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"geogate/rules"
)

// follower keeps the policy in force equal to what stands in Redis. All its fields are owned by the goroutine
// that runs it; the watchers and the saver have their own.
type follower struct {
	s        *Store
	inbox    *inbox
	watchers *watchers
	saver    *saver

	compiler *rules.Compiler
	policy   *rules.Policy // in force, if it is not too old
	latest   content       // what Redis was last believed to hold
	accounts int           // in latest
	mark     mark          // what geo:meta last said
	loaded   bool          // Redis has been read
	owed     bool          // a full pass must come before single keys are believed
	held     bool          // the last full pass is not believed

	due    time.Time     // of the next full pass
	mode   Mode          // for which due was drawn
	took   time.Duration // by the last full pass
	fails  int           // full passes that failed one after the other
	synced bool          // every change since the last full pass must have been told
	unsaid time.Time     // when to hand the policy to the saver; zero: it has it
}

func newFollower(s *Store) *follower {
	box := newInbox()
	return &follower{
		s: s, inbox: box, watchers: newWatchers(s, box), saver: newSaver(s),
		compiler: rules.NewCompiler(s.opts.Plan), latest: content{}, owed: true,
	}
}

// run is the loop: wait for a word or for the time of the next full pass, look, swap.
func (f *follower) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			f.save()
			return
		case <-f.inbox.wake:
			f.hear(ctx)
		case <-timer.C:
		}
		f.checkMode()
		if !time.Now().Before(f.due) {
			f.pass(ctx)
		}
		f.checkStale()
		if !f.unsaid.IsZero() && !time.Now().Before(f.unsaid) {
			f.save()
		}
		timer.Reset(f.untilNext())
	}
}

// untilNext is how long there is nothing to do without being told.
func (f *follower) untilNext() time.Duration {
	wait := time.Until(f.due)
	if !f.unsaid.IsZero() {
		wait = min(wait, time.Until(f.unsaid))
	}
	if f.s.opts.MaxStale > 0 {
		wait = min(wait, max(f.s.opts.MaxStale/8, time.Millisecond))
	}
	return max(wait, 0)
}

// hear acts on what the watch connections told. While a full pass is owed, single keys wait for it: they may
// be the keys of another Redis, or of an emptied one, which only a full pass can tell.
func (f *follower) hear(ctx context.Context) {
	keys, full := f.inbox.take()
	switch {
	case full:
		f.oweNow()
	case len(keys) == 0 || f.owed && !f.held:
	case f.held:
		f.hurry(heldRest / 10)
	default:
		f.refresh(ctx, keys)
	}
}

// owe notes whether a full pass must come before single keys are believed.
func (f *follower) owe(owed bool) {
	f.owed = owed
	f.synced = f.synced && !owed
	f.s.status.set(func(s *Status) { s.InStep = f.synced })
}

// oweNow calls for a full pass before anything else.
func (f *follower) oweNow() {
	f.owe(true)
	f.due = time.Now()
}

// hurry brings the next full pass forward.
func (f *follower) hurry(wait time.Duration) {
	if soon := time.Now().Add(wait); soon.Before(f.due) {
		f.due = soon
	}
}

// refresh reads the keys that changed, all in one pipeline, and puts the outcome in force in one swap: keys
// that one MULTI changed are told together and become visible together.
func (f *follower) refresh(ctx context.Context, keys []string) {
	began := time.Now()
	settled := false
	read, err := readKeys(ctx, f.s.client.Pipeline(), f.s.opts.Prefix, keys)
	if err == nil {
		read, settled, err = f.settle(ctx, read, map[string]bool{})
	}
	if err != nil {
		f.missed(ctx, "reading what changed", err)
		return
	}
	if !settled {
		f.oweNow() // alone these keys may be half of a MULTI
		return
	}
	if meta, ok := read[metaKey]; ok {
		f.compare(meta.hash)
		f.mark.see(meta.hash)
		delete(read, metaKey)
	}
	for key, v := range read {
		if was, ok := f.latest[key]; ok == !v.empty() && was.equal(v) {
			delete(read, key)
		}
	}
	if f.doubtful(read) {
		f.oweNow()
		return
	}
	f.commit(read, began)
}

// pass reads everything and puts it in force, unless it cannot be believed.
func (f *follower) pass(ctx context.Context) {
	began := time.Now()
	f.owe(false) // until somebody connects or flushes meanwhile
	all, err := f.s.readStable(ctx, f.latest)
	told, settled := map[string]bool{}, false
	if err == nil {
		var since content // what changed while everything was read
		since, settled, err = f.settle(ctx, content{}, told)
		all.merge(since)
	}
	if err != nil {
		f.missed(ctx, "reading everything", err)
		return
	}
	steady := f.steady()
	f.fails, f.took = 0, time.Since(began)
	changed := f.latest.changed(all.policy)
	f.passed(changed, told, settled)
	if why := f.disbelieve(all, steady); why != nil {
		f.hold(why)
		return
	}
	f.release()
	f.compare(all.meta)
	f.mark.see(all.meta)
	if !f.owed {
		f.plan()
	}
	delta := make(content, len(changed))
	for _, key := range changed {
		delta[key] = all.policy[key]
	}
	f.commit(delta, began)
	f.synced = f.mode == Tracking && !f.owed
	f.owe(f.owed)
}

// merge takes in keys that were read again.
func (all *found) merge(again content) {
	for key, v := range again {
		if key == metaKey {
			all.meta = v.hash
		} else {
			all.policy.put(key, v)
		}
	}
}

// passed counts a full pass, and what it found that nobody had told, where all that was told is known.
func (f *follower) passed(changed []string, told map[string]bool, settled bool) {
	repairs := 0
	if settled && f.synced && f.s.status.mode() == Tracking {
		for _, key := range changed {
			if !told[key] {
				repairs++
			}
		}
	}
	f.s.status.set(func(s *Status) {
		s.Passes++
		s.Repairs += uint64(repairs)
		s.LastPass, s.Problem = time.Now(), ""
	})
	f.s.opts.Observer.Observe(Event{Kind: Passed, Took: f.took})
	if repairs > 0 {
		f.s.log.Warn("a full pass found changes that no notification told", zap.Strings("keys", changed))
		f.s.opts.Observer.Observe(Event{Kind: Repaired, Count: repairs})
	}
}

// missed notes a failed read and plans the full pass that makes up for it.
func (f *follower) missed(ctx context.Context, doing string, err error) {
	if ctx.Err() != nil {
		return
	}
	f.s.failed(doing, err)
	f.owe(true)
	f.due = time.Now().Add(backoff(f.fails))
	f.fails++
}

// commit compiles what changed and swaps the policy. An empty value is a deleted key.
func (f *follower) commit(delta content, began time.Time) {
	if f.loaded && len(delta) == 0 {
		return
	}
	keys := make([]string, 0, len(delta))
	for key, v := range delta {
		keys = append(keys, key)
		switch _, had := f.latest[key]; {
		case !isAccount(key):
		case had && v.empty():
			f.accounts--
		case !had && !v.empty():
			f.accounts++
		}
		f.latest.put(key, v)
	}
	f.policy, _ = f.compiler.Update(f.latest.update(keys))
	f.loaded = true
	f.s.swap(f.policy, Event{Count: len(keys), Took: time.Since(began)}, FromRedis, f.accounts)
	if f.unsaid.IsZero() {
		f.unsaid = time.Now().Add(saveRest)
	}
}

// save hands the last good policy to the saver.
func (f *follower) save() {
	if f.unsaid.IsZero() {
		return
	}
	f.unsaid = time.Time{}
	f.saver.save(snapshot{Mark: f.mark, Policy: f.compiler.Written()})
}

// restore starts with the snapshot, where there is one.
func (f *follower) restore() {
	began := time.Now()
	snap, err := f.saver.load()
	if err != nil {
		f.saver.fault(fmt.Errorf("reading the snapshot: %w", err))
		return
	}
	if snap == nil {
		return
	}
	f.policy, _ = f.compiler.Replace(snap.Policy)
	f.latest, f.mark = contentOf(snap.Policy), snap.Mark
	f.accounts = f.latest.count(isAccount)
	f.s.status.set(func(s *Status) { s.Snapshot = snap.Saved })
	f.s.swap(f.policy, Event{Count: len(f.latest), Took: time.Since(began)}, FromSnapshot, f.accounts)
	f.s.log.Info("policy in force from the snapshot until redis answers", zap.Time("saved", snap.Saved),
		zap.Int("accounts", f.accounts))
}
