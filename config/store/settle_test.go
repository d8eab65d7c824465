package store

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"geogate/config/store/storetest"
)

// between follows a Redis to which something happens right before it is read: before gets the number of the
// reading, from 1. In Redis acme or beta is open to FR, never none or both; halves counts the policies that
// come into force and do not show that.
type between struct {
	*followed
	server *storetest.Server
	halves atomic.Int64
}

func startBetween(t *testing.T, before func(b *between, reading int)) *between {
	b := &between{server: seeded(t)}
	b.server.Do("HSET geo:account:acme FR block")
	relay := storetest.StartRelay(t, b.server.Addr)
	b.followed = tracking(t, quick("redis://"+relay.Addr))
	b.events.onSwap(func() {
		if p := b.Policy(); allows(p, "acme", toFR) == allows(p, "beta", toFR) {
			b.halves.Add(1)
		}
	})
	reading := 0
	relay.Before(func(piece []byte) {
		if bytes.Contains(piece, []byte("hgetall")) {
			reading++
			before(b, reading)
		}
	})
	t.Cleanup(func() { relay.Before(nil) })
	return b
}

// move opens FR for acme and closes it for beta, in one MULTI.
func (b *between) move() {
	ctx := context.Background()
	_, err := b.server.Client().TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HSet(ctx, "geo:account:acme", "FR", "allow")
		pipe.HSet(ctx, "geo:account:beta", "FR", "block")
		return nil
	})
	if err != nil {
		b.t.Error(err)
	}
}

// cut ends the watch connection, and with it what is not told yet.
func (b *between) cut() { b.server.Do("CLIENT KILL TYPE pubsub") }

// wantMoved waits until the MULTI is in force, and looks whether ever a half of it was.
func (b *between) wantMoved() {
	b.t.Helper()
	b.wantAllowed("beta", toFR, false)
	b.wantAllowed("acme", toFR, true)
	b.until("all to be told again", func() bool { return b.Status().InStep })
	if n := b.halves.Load(); n > 0 {
		b.t.Errorf("%d policies show half of a MULTI", n)
	}
}

// TestConformanceE38ConnectionEndsBetweenNoticeAndReading reads a key that was told, and with it half of a
// change that is not told any more.
func TestConformanceE38ConnectionEndsBetweenNoticeAndReading(t *testing.T) {
	t.Parallel()
	b := startBetween(t, func(b *between, reading int) {
		if reading == 1 {
			b.cut()
			b.move()
		}
	})
	b.server.Do("HSET geo:account:acme DE allow")
	b.wantMoved()
}

// TestConformanceE38ConnectionEndsInAFullPass does it to the keys that a full pass reads again.
func TestConformanceE38ConnectionEndsInAFullPass(t *testing.T) {
	t.Parallel()
	b := startBetween(t, func(b *between, reading int) {
		switch reading {
		case 1: // of everything, as the second is
			b.server.Do("HSET geo:account:acme DE allow")
		case 3:
			b.cut()
			b.move()
		}
	})
	b.follower.inbox.all()
	b.wantMoved()
}

// TestConformanceE38WrittenWithoutAPause changes acme before each reading; a MULTI comes before the last one
// that the follower makes, at most, until it puts something in force.
func TestConformanceE38WrittenWithoutAPause(t *testing.T) {
	t.Parallel()
	b := startBetween(t, func(b *between, reading int) {
		switch last := 1 + settleRounds; {
		case reading < last:
			b.server.Do(fmt.Sprintf("HSET geo:account:acme reject %d", 1024+reading))
		case reading == last:
			b.move()
		}
	})
	b.server.Do("HSET geo:account:acme DE allow")
	b.wantMoved()
}

// TestConformanceE38OtherKeysWithoutAPause: a change comes into force though there is another account before
// each reading.
func TestConformanceE38OtherKeysWithoutAPause(t *testing.T) {
	t.Parallel()
	b := startBetween(t, func(b *between, reading int) {
		b.server.Do(fmt.Sprintf("HSET geo:account:x%d home GB", reading))
	})
	b.server.Do("HSET geo:account:acme DE allow")
	b.wantAllowed("acme", toDE, true)
}
