package store

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/redis/go-redis/v9"
)

// attempts is how often a change is tried while others change the same keys.
const attempts = 20

// transaction is what one MULTI writes: an edit, what geo:meta is to hold beside the generation, and the log
// entry.
type transaction struct {
	edit Edit
	meta map[string]string
}

// Apply makes an edit: one MULTI with its entry in the log and the next generation in geo:meta. The keys are
// watched, so that what was checked is what is changed. An edit that changes nothing writes nothing. It needs
// WriteRights.
//
// On a Cluster whose key prefix has no hash tag, keys live on several servers: there each key has a MULTI of
// its own, and the log entry comes last.
func (s *Store) Apply(ctx context.Context, e Edit) error {
	if e.By == "" {
		return errors.New("an edit must say by whom it is")
	}
	return s.write(ctx, transaction{edit: e})
}

// write makes a transaction, and explains what Redis has against it.
func (s *Store) write(ctx context.Context, t transaction) error {
	var err error
	if s.endpoint.Kind == Cluster && !hashTagged(s.opts.Prefix) {
		err = s.writeApart(ctx, t)
	} else {
		err = s.writeTogether(ctx, t)
	}
	var senseless *editError
	if errors.As(err, &senseless) {
		return err
	}
	return s.explain(err)
}

func (s *Store) writeTogether(ctx context.Context, t transaction) error {
	keys := append(t.edit.keys(), metaKey)
	return s.watching(ctx, keys, func(tx *redis.Tx) error {
		read, err := readKeys(ctx, tx.Pipeline(), s.opts.Prefix, keys)
		if err != nil {
			return err
		}
		last := generation(read[metaKey].hash)
		delete(read, metaKey)
		before := maps.Clone(read)
		changes, err := t.edit.change(read)
		if err != nil || len(changes) == 0 && len(t.meta) == 0 {
			return err
		}
		entry := t.edit.entry(last+1, changes)
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			w := writer{ctx, pipe, s.opts.Prefix}
			for _, key := range t.edit.keys() {
				w.difference(key, before[key], read[key])
			}
			w.meta(entry.Generation, t.meta)
			w.log(entry)
			return nil
		})
		return err
	})
}

// watching runs a read and write until no key changed in between.
func (s *Store) watching(ctx context.Context, keys []string, do func(*redis.Tx) error) error {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = s.opts.Prefix + key
	}
	for attempt := range attempts {
		err := s.client.Watch(ctx, do, names...)
		if !errors.Is(err, redis.TxFailedErr) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(jitter(time.Millisecond, 0, float64(attempt+1))):
		}
	}
	return &editError{keys[0], ErrChanged}
}

// writer queues commands of one MULTI.
type writer struct {
	ctx    context.Context
	pipe   redis.Pipeliner
	prefix string
}

// difference writes what turns one value of a key into another.
func (w writer) difference(key string, from, to value) {
	name := w.prefix + key
	if from.equal(unreadableValue(key)) && !to.empty() {
		w.pipe.Del(w.ctx, name)
		from = value{}
	}
	if to.empty() {
		if !from.empty() {
			w.pipe.Del(w.ctx, name)
		}
		return
	}
	if isGroup(key) {
		w.members(name, from, to)
	} else {
		w.fields(name, from.hash, to.hash)
	}
}

func (w writer) members(name string, from, to value) {
	was, is := from.fieldsOf(), to.fieldsOf()
	for _, member := range to.members {
		if was[member] == "" {
			w.pipe.SAdd(w.ctx, name, member)
		}
	}
	for _, member := range from.members {
		if is[member] == "" {
			w.pipe.SRem(w.ctx, name, member)
		}
	}
}

func (w writer) fields(name string, from, to map[string]string) {
	var set []any
	var gone []string
	for field, text := range to {
		if old, ok := from[field]; !ok || old != text {
			set = append(set, field, text)
		}
	}
	for field := range from {
		if _, ok := to[field]; !ok {
			gone = append(gone, field)
		}
	}
	if len(set) > 0 {
		w.pipe.HSet(w.ctx, name, set...)
	}
	if len(gone) > 0 {
		w.pipe.HDel(w.ctx, name, gone...)
	}
}

// meta writes the next generation: from now on this Redis says that it holds a policy.
func (w writer) meta(generation int64, more map[string]string) {
	fields := []any{"schema", 1, "generation", generation}
	for field, text := range more {
		fields = append(fields, field, text)
	}
	w.pipe.HSet(w.ctx, w.prefix+metaKey, fields...)
}

func (w writer) log(entry LogEntry) {
	w.pipe.XAdd(w.ctx, &redis.XAddArgs{
		Stream: w.prefix + logKey, MaxLen: logLength, Approx: true, Values: entry.fields(),
	})
}
