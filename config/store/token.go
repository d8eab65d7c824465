package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// tokenPrefix begins the keys of tokens of the HTTP API, which are no part of the policy: they are read when
// somebody comes with one, and a token that was taken back is refused from then on.
const tokenPrefix = "token:"

// Token returns the hash kept for a token; empty where there is none.
func (s *Store) Token(ctx context.Context, id string) (map[string]string, error) {
	fields, err := s.client.HGetAll(ctx, s.opts.Prefix+tokenPrefix+id).Result()
	return fields, s.explain(err)
}

// Tokens returns the hashes of all tokens, by id.
func (s *Store) Tokens(ctx context.Context) (map[string]map[string]string, error) {
	ids, err := s.tokenIDs(ctx)
	if err != nil {
		return nil, s.explain(err)
	}
	list := map[string]map[string]string{}
	for _, id := range ids {
		fields, err := s.Token(ctx, id)
		if err != nil {
			return nil, err
		}
		if len(fields) > 0 {
			list[id] = fields
		}
	}
	return list, nil
}

func (s *Store) tokenIDs(ctx context.Context) ([]string, error) {
	prefix := s.opts.Prefix + tokenPrefix
	var names []string
	scan := func(ctx context.Context, from redis.Cmdable) error {
		for cursor := uint64(0); ; {
			keys, next, err := from.Scan(ctx, cursor, globEscape.Replace(prefix)+"*", scanCount).Result()
			if err != nil {
				return err
			}
			names = append(names, keys...)
			if cursor = next; cursor == 0 {
				return nil
			}
		}
	}
	if err := s.eachMaster(ctx, scan); err != nil {
		return nil, err
	}
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, prefix)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// eachMaster runs do on every master, one after the other.
func (s *Store) eachMaster(ctx context.Context, do func(context.Context, redis.Cmdable) error) error {
	cluster, ok := s.client.(*redis.ClusterClient)
	if !ok {
		return do(ctx, s.client)
	}
	turn := make(chan struct{}, 1)
	return cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		turn <- struct{}{}
		defer func() { <-turn }()
		return do(ctx, master)
	})
}

// SaveToken keeps a new token, and says so in the log.
func (s *Store) SaveToken(ctx context.Context, id string, fields map[string]string, by string) error {
	return s.changeToken(ctx, id, by, Change{Key: tokenPrefix + id, Field: "name", To: fields["name"]},
		func(pipe redis.Pipeliner, key string) { pipe.HSet(ctx, key, fields) })
}

// DeleteToken takes a token back, and says so in the log.
func (s *Store) DeleteToken(ctx context.Context, id, by string) error {
	fields, err := s.Token(ctx, id)
	if err != nil {
		return err
	}
	if len(fields) == 0 {
		return fmt.Errorf("token %s: %w", id, ErrMissing)
	}
	return s.changeToken(ctx, id, by, Change{Key: tokenPrefix + id, Field: "name", From: fields["name"]},
		func(pipe redis.Pipeliner, key string) { pipe.Del(ctx, key) })
}

// changeToken writes a token and its entry in the log, in one MULTI but on a Cluster whose keys lie apart.
func (s *Store) changeToken(
	ctx context.Context, id, by string, c Change, write func(pipe redis.Pipeliner, key string),
) error {
	pipe := s.client.TxPipeline()
	if s.endpoint.Kind == Cluster && !hashTagged(s.opts.Prefix) {
		pipe = s.client.Pipeline()
	}
	write(pipe, s.opts.Prefix+tokenPrefix+id)
	writer{ctx, pipe, s.opts.Prefix}.log(LogEntry{By: by, Changes: []Change{c}})
	_, err := pipe.Exec(ctx)
	return s.explain(err)
}
