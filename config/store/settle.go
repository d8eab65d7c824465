package store

import (
	"context"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"
)

// settleRounds bounds the rereading while ever more keys are written without a pause.
const settleRounds = 5

// settle makes sure that what was read shows no half of a MULTI: one that came between two changes of a key
// may have been read with that key and without its others. Redis has told of them by then; so they are read
// too, all in one pipeline, until what was read is known to be of one moment, at which all that was not told
// stood as it stands here. It returns what was read last, and adds the keys that were told to told.
//
// It reports false, and returns nothing, when changes may not have been told: a connection that ends takes
// the notices along that are under way. Only a full pass can tell then what belongs together.
func (f *follower) settle(ctx context.Context, read content, told map[string]bool) (content, bool, error) {
	for round := 0; ; round++ {
		if !f.watchers.barrier(ctx) {
			f.inbox.changed(slices.Collect(maps.Keys(told)))
			return nil, false, nil
		}
		more, full := f.inbox.take()
		if full {
			f.oweNow()
			return nil, false, nil
		}
		for _, key := range more {
			told[key] = true
		}
		if len(more) == 0 || round == settleRounds || f.s.inOneGo(read) && read.holds(more) {
			f.inbox.changed(more) // once more, since they may have changed again behind the reading
			return read, true, nil
		}
		keys := sortedSet(slices.AppendSeq(more, maps.Keys(read)))
		again, err := readKeys(ctx, f.s.client.Pipeline(), f.s.opts.Prefix, keys)
		if err != nil {
			return nil, false, err
		}
		read = again
	}
}

// oneGo is the size of a request that one segment of TCP carries, so that a server runs all of it between two
// commands of others.
const oneGo = 1 << 10

// inOneGo reports whether the keys of a reading were surely read at one moment.
func (s *Store) inOneGo(read content) bool {
	if _, ok := s.client.(*redis.ClusterClient); ok {
		return false
	}
	size := 0
	for key := range read {
		size += len("*2\r\n$8\r\nSMEMBERS\r\n$100\r\n\r\n") + len(s.opts.Prefix) + len(key)
	}
	return size <= oneGo
}

// holds reports whether all the keys were read.
func (c content) holds(keys []string) bool {
	for _, key := range keys {
		if _, ok := c[key]; !ok {
			return false
		}
	}
	return true
}
