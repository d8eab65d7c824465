package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// chaosAccounts is how many accounts there are: c0, c1, ...
const chaosAccounts = 6

// chaosDests are where messages go. No rule ever opens the last one: so each account is refused now and then,
// and its refusals tell which policy is in force.
var chaosDests = [...]struct{ region, number string }{
	{"FR", "33612345678"}, {"DE", "4915123456789"}, {"GB", "447400123456"}, {"IT", "393331234567"},
	{"ES", "34612345678"}, {"PL", "48512345678"}, {"NG", "2348031234567"}, {"CU", "5351234567"},
}

const neverOpened = len(chaosDests) - 1

// versionBase is added to an account's version to make the command_status of its refusals: each one names the
// very version of the account that it was judged by.
const versionBase = 0x10000

// written is one account as it stands in Redis. A region holds "allow", "block" or nothing.
type written struct {
	version   uint32
	suspended bool
	regions   [len(chaosDests)]string
}

// edition is the whole policy after one change.
type edition struct {
	accounts [chaosAccounts]written
	locked   [len(chaosDests)]bool
	began    time.Duration // when the change was sent to Redis
	acked    time.Duration // when Redis had taken it; 0: it has not
}

// verdict is the model, in the fewest words: the reason of the refusal, or "" for a forward.
func (e *edition) verdict(account, dest int) string {
	a := &e.accounts[account]
	switch {
	case a.suspended:
		return "account_suspended"
	case e.locked[dest]:
		return "locked"
	case a.regions[dest] == "allow":
		return ""
	case a.regions[dest] == "block":
		return "rule_region"
	}
	return "default"
}

// editions is the history of the policy, and who writes it.
type editions struct {
	now    func() time.Duration
	client *redis.Client
	rand   *rand.Rand

	writing sync.Mutex // held for one change, and while Redis is empty

	mu   sync.Mutex
	list []edition
}

func newEditions(now func() time.Duration, addr string, seed uint64) *editions {
	client := redis.NewClient(&redis.Options{
		Addr: addr, PipelinePoolSize: -1, DisableIdentity: true, MaxRetries: -1, ReadTimeout: patience,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	e := &editions{now: now, client: client, rand: rand.New(rand.NewPCG(seed, 2)), list: make([]edition, 1)}
	for i := range e.list[0].accounts {
		a := &e.list[0].accounts[i]
		a.version = 1
		for d := range neverOpened {
			if (d+i)%3 != 0 {
				a.regions[d] = "allow"
			}
		}
	}
	return e
}

// run changes the policy until ctx ends. A change that Redis does not answer is part of the history all the
// same: it may be in force.
func (e *editions) run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.change(ctx, e.random)
		}
	}
}

// change makes a change and returns its edition's number. One that is in the history is sent, even when ctx ends: what
// was never sent would be in force in the history alone.
func (e *editions) change(ctx context.Context, make func(*edition) [][]any) int {
	e.writing.Lock()
	defer e.writing.Unlock()
	next := e.last()
	commands := make(&next)
	next.began, next.acked = e.now(), 0
	e.mu.Lock()
	e.list = append(e.list, next)
	k := len(e.list) - 1
	e.mu.Unlock()
	if e.send(context.WithoutCancel(ctx), commands) == nil {
		e.ack(k)
	}
	return k
}

// send gives Redis plain commands; several go as one MULTI.
func (e *editions) send(ctx context.Context, commands [][]any) error {
	if len(commands) == 1 {
		return e.client.Do(ctx, commands[0]...).Err()
	}
	_, err := e.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, command := range commands {
			pipe.Do(ctx, command...)
		}
		return nil
	})
	return err
}

func (e *editions) last() edition {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.list[len(e.list)-1]
}

// ack notes that everything up to edition k is in Redis.
func (e *editions) ack(k int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	for ; k >= 0 && e.list[k].acked == 0; k-- {
		e.list[k].acked = now
	}
}

// random is what operators do, one thing at a time.
func (e *editions) random(next *edition) [][]any {
	account := e.rand.IntN(chaosAccounts)
	switch n := e.rand.IntN(20); {
	case n == 0:
		return next.suspend(account)
	case n == 1:
		return next.lock(e.rand.IntN(neverOpened))
	case n < 5: // of two accounts at once
		other := (account + 1) % chaosAccounts
		dest := e.rand.IntN(neverOpened)
		return append(next.turn(account, dest, "allow"), next.turn(other, dest, "block")...)
	default:
		return next.turn(account, e.rand.IntN(neverOpened), [...]string{"", "allow", "allow", "block"}[e.rand.IntN(4)])
	}
}

// touchAll gives each account a new version in one MULTI, and changes nothing else.
func touchAll(next *edition) (commands [][]any) {
	for account := range next.accounts {
		commands = append(commands, append(next.renew(account), "status", next.status(account)))
	}
	return commands
}

func (e *edition) renew(account int) []any {
	a := &e.accounts[account]
	a.version++
	return []any{"HSET", accountKey(account), "reject", versionBase + a.version}
}

func (e *edition) status(account int) string {
	if e.accounts[account].suspended {
		return "suspended"
	}
	return "active"
}

func (e *edition) turn(account, dest int, to string) [][]any {
	e.accounts[account].regions[dest] = to
	region := chaosDests[dest].region
	if to == "" {
		return [][]any{e.renew(account), {"HDEL", accountKey(account), region}}
	}
	return [][]any{append(e.renew(account), region, to)}
}

// suspend suspends an account, or lets the one go on that is suspended.
func (e *edition) suspend(account int) [][]any {
	for i := range e.accounts {
		if e.accounts[i].suspended {
			account = i
		}
	}
	e.accounts[account].suspended = !e.accounts[account].suspended
	return [][]any{append(e.renew(account), "status", e.status(account))}
}

// lock locks a region for everybody, or opens the one that is locked.
func (e *edition) lock(dest int) [][]any {
	for d, locked := range e.locked {
		if locked {
			e.locked[d] = false
			return [][]any{{"HDEL", "geo:platform", chaosDests[d].region}}
		}
	}
	e.locked[dest] = true
	return [][]any{{"HSET", "geo:platform", chaosDests[dest].region, "lock"}}
}

func accountKey(account int) string { return fmt.Sprintf("geo:account:c%d", account) }

// restore writes the whole policy into an empty Redis, in one MULTI. The caller holds e.writing.
func (e *editions) restore(ctx context.Context) error {
	last := e.last()
	commands := [][]any{{"HSET", "geo:meta", "schema", 1}, {"HSET", "geo:platform", "KP", "lock"}}
	for d, locked := range last.locked {
		if locked {
			commands = append(commands, []any{"HSET", "geo:platform", chaosDests[d].region, "lock"})
		}
	}
	for i, a := range last.accounts {
		fields := []any{"HSET", accountKey(i), "reject", versionBase + a.version, "status", last.status(i)}
		if i%2 == 1 {
			fields = append(fields, "upstream", "other")
		}
		for d, to := range a.regions {
			if to != "" {
				fields = append(fields, chaosDests[d].region, to)
			}
		}
		commands = append(commands, fields)
	}
	if err := e.send(ctx, commands); err != nil {
		return err
	}
	e.mu.Lock()
	k := len(e.list) - 1
	e.mu.Unlock()
	e.ack(k)
	return nil
}
