package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

const (
	scanCount  = 1000 // keys that one SCAN looks at
	chunk      = 512  // keys read in one pipeline of a full read
	readRounds = 4    // full reads, at most, until two of them agree
)

// found is what a full read found.
type found struct {
	policy content
	meta   map[string]string
}

// readStable reads everything. Keys that one MULTI changes between two pipelines of a read would be torn
// apart: what differs from known is believed only when a second read finds the same. A Redis that is being
// written to without a pause is taken as it is after some rounds.
func (s *Store) readStable(ctx context.Context, known content) (found, error) {
	last, err := s.readAll(ctx, known)
	for round := 1; err == nil && round < readRounds; round++ {
		if known != nil && len(known.changed(last.policy)) == 0 {
			return last, nil
		}
		var next found
		if next, err = s.readAll(ctx, known); err != nil {
			break
		}
		same := len(last.policy.changed(next.policy)) == 0 && maps.Equal(last.meta, next.meta)
		if last = next; same {
			return last, nil
		}
	}
	return last, err
}

// readAll reads every key of the policy once. Keys that are known are asked for even when SCAN did not meet
// them: on a Cluster a key may be moving from one master to another meanwhile.
func (s *Store) readAll(ctx context.Context, known content) (found, error) {
	names, err := s.scan(ctx)
	if err != nil {
		return found{}, err
	}
	for key := range known {
		names[key] = true
	}
	names[metaKey] = true
	all := content{}
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(names)), chunk) {
		part, err := readKeys(ctx, s.client.Pipeline(), s.opts.Prefix, keys)
		if err != nil {
			return found{}, err
		}
		for key, v := range part {
			all.put(key, v)
		}
	}
	meta := all[metaKey].hash
	delete(all, metaKey)
	return found{policy: all, meta: meta}, nil
}

// scan lists the keys of the policy, of all masters where there are several.
func (s *Store) scan(ctx context.Context) (map[string]bool, error) {
	names := map[string]bool{}
	cluster, ok := s.client.(*redis.ClusterClient)
	if !ok {
		return names, s.scanOne(ctx, s.client, func(key string) { names[key] = true })
	}
	var mu sync.Mutex
	return names, cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		return s.scanOne(ctx, master, func(key string) {
			mu.Lock()
			defer mu.Unlock()
			names[key] = true
		})
	})
}

func (s *Store) scanOne(ctx context.Context, from redis.Cmdable, add func(key string)) error {
	pattern := globEscape.Replace(s.opts.Prefix) + "*"
	for cursor := uint64(0); ; {
		keys, next, err := from.Scan(ctx, cursor, pattern, scanCount).Result()
		if err != nil {
			return err
		}
		for _, name := range keys {
			if key := strings.TrimPrefix(name, s.opts.Prefix); isPolicy(key) {
				add(key)
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// readKeys reads keys in one pipeline, which a single server runs in one go as long as it fits one read of
// its socket. Keys that do not exist come back empty.
func readKeys(ctx context.Context, pipe redis.Pipeliner, prefix string, keys []string) (content, error) {
	hashes := make(map[string]*redis.MapStringStringCmd, len(keys))
	sets := map[string]*redis.StringSliceCmd{}
	for _, key := range keys {
		if isGroup(key) {
			sets[key] = pipe.SMembers(ctx, prefix+key)
		} else {
			hashes[key] = pipe.HGetAll(ctx, prefix+key)
		}
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	read := make(content, len(keys))
	for key, cmd := range hashes {
		if err := read.take(key, value{hash: cmd.Val()}, cmd.Err()); err != nil {
			return nil, err
		}
	}
	for key, cmd := range sets {
		if err := read.take(key, value{members: sortedSet(cmd.Val())}, cmd.Err()); err != nil {
			return nil, err
		}
	}
	return read, nil
}

// take notes the answer for one key. A key of another type is content that cannot be read, not a failure to
// read.
func (c content) take(key string, v value, err error) error {
	switch {
	case err == nil:
		c[key] = v
	case strings.HasPrefix(err.Error(), "WRONGTYPE"):
		c[key] = unreadableValue(key)
	default:
		return err
	}
	return nil
}
