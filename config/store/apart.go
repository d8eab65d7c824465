package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"
)

// writeApart makes a transaction of keys that live in several slots of a Cluster, where no MULTI can hold
// them all. The whole of it is checked before any of it is written.
func (s *Store) writeApart(ctx context.Context, t transaction) error {
	keys := t.edit.keys()
	read, err := readKeys(ctx, s.client.Pipeline(), s.opts.Prefix, keys)
	if err != nil {
		return err
	}
	changes, err := t.edit.change(read)
	if err != nil || len(changes) == 0 && len(t.meta) == 0 {
		return err
	}
	for i, key := range keys {
		if err := s.writeOne(ctx, key, t.edit.only(key)); err != nil {
			return fmt.Errorf("%d of %d keys are written, %s is not: %w", i, len(keys), key, err)
		}
	}
	if err := s.note(ctx, t, changes); err != nil {
		return fmt.Errorf("the change is made, but not noted: %w", err)
	}
	return nil
}

// only is the part of an edit that is about one key.
func (e Edit) only(key string) Edit {
	e.Ops = slices.DeleteFunc(slices.Clone(e.Ops), func(o Op) bool { return o.key != key })
	return e
}

// writeOne makes the part of an edit that is about one key.
func (s *Store) writeOne(ctx context.Context, key string, part Edit) error {
	return s.watching(ctx, []string{key}, func(tx *redis.Tx) error {
		read, err := readKeys(ctx, tx.Pipeline(), s.opts.Prefix, []string{key})
		if err != nil {
			return err
		}
		before := read[key]
		if changes, err := part.change(read); err != nil || len(changes) == 0 {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			writer{ctx, pipe, s.opts.Prefix}.difference(key, before, read[key])
			return nil
		})
		return err
	})
}

// note writes geo:meta and the log entry, each by itself.
func (s *Store) note(ctx context.Context, t transaction, changes []Change) error {
	generation, err := s.client.HIncrBy(ctx, s.opts.Prefix+metaKey, "generation", 1).Result()
	if err != nil {
		return err
	}
	fields := []any{"schema", 1}
	for field, text := range t.meta {
		fields = append(fields, field, text)
	}
	if err := s.client.HSet(ctx, s.opts.Prefix+metaKey, fields...).Err(); err != nil {
		return err
	}
	pipe := s.client.Pipeline()
	writer{ctx, pipe, s.opts.Prefix}.log(t.edit.entry(generation, changes))
	_, err = pipe.Exec(ctx)
	return err
}
