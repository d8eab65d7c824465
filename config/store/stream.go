package store

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// Append adds lines to a stream that is no part of the policy, which keeps about length of them. Lines of an attempt that
// failed may be there or not.
func (s *Store) Append(ctx context.Context, stream string, length int, lines []string) error {
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, line := range lines {
			pipe.XAdd(ctx, &redis.XAddArgs{
				Stream: stream, MaxLen: int64(length), Approx: true, Values: []any{"line", line},
			})
		}
		return nil
	})
	return err
}
