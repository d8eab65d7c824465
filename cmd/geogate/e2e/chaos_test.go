package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"geogate/smpp"
)

// chaos is one run: real programs, a load that keeps books, and faults drawn from a seed. The plan of the faults
// follows from the seed alone; what else happens, from the machine as well.
type chaos struct {
	t      *testing.T
	ctx    context.Context
	seed   uint64
	rate   int           // messages a second
	giveUp time.Duration // how long an ESME waits for an answer before it closes the connection
	began  time.Time
	dir    string
	listen string // plain TCP
	secure string // TLS
	trust  *tls.Config
	admin  string
	config string

	certificate string // a file
	raced       string // Geogate built with the race detector; "": not

	lives   atomic.Int64
	proxy   *process
	centres []*chaosCentre
	redis   *chaosRedis
	policy  *editions
	clients []*chaosClient
	idle    map[string]float64 // /metrics before the first message

	seen   [chaosAccounts]atomic.Uint32 // the newest version by which a refusal went
	serial atomic.Uint32                // of sessions

	round, steps int
	spans        []span
	report       chaosReport

	mu         sync.Mutex
	books      map[uint32]*chaosSession
	violations []string
}

// TestChaos is the short run that every test run makes; `make chaos` makes a long one.
func TestChaos(t *testing.T) {
	long := setting(t, "GEOGATE_TEST_CHAOS_FOR", time.ParseDuration, 0)
	if long == 0 {
		t.Parallel()
		c := newChaos(t, 1, 1000, 24)
		c.giveUp = patience / 2 // a machine that is busy with other tests gives no cause
		c.shortRound()
		c.finish()
		return
	}
	seed := setting(t, "GEOGATE_TEST_CHAOS_SEED", strconv.Atoi, time.Now().Nanosecond())
	c := newChaos(t, uint64(seed), setting(t, "GEOGATE_TEST_CHAOS_RATE", strconv.Atoi, 3000), 200)
	c.raced = raceBuild(t, c.dir)
	c.longRounds(long)
	c.finish()
}

// setting reads an environment variable.
func setting[T any](t *testing.T, name string, parse func(string) (T, error), otherwise T) T {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	v, err := parse(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

func newChaos(t *testing.T, seed uint64, rate, clients int) *chaos {
	t.Logf("chaos with seed %d: %d ESMEs, %d messages a second", seed, clients, rate)
	c := &chaos{
		t: t, ctx: t.Context(), seed: seed, rate: rate, giveUp: 5 * time.Second,
		began: time.Now(), dir: t.TempDir(),
		books: map[uint32]*chaosSession{}, report: newChaosReport(),
	}
	for i := range clients {
		c.clients = append(c.clients, newChaosClient(c, i))
	}
	return c
}

// now counts from the start of the run; 1 at least, since 0 is never.
func (c *chaos) now() time.Duration { return time.Since(c.began) + 1 }

// setUp starts everything, and looks at Geogate before it has work.
func (c *chaos) setUp() {
	c.listen, c.secure, c.admin = loopback(freePort(c.t)), loopback(freePort(c.t)), loopback(freePort(c.t))
	c.redis = c.newRedis()
	c.centres = []*chaosCentre{c.newCentre("a"), c.newCentre("b")}
	c.policy = newEditions(c.now, loopback(c.redis.port), c.seed)
	c.t.Cleanup(func() { c.policy.client.Close() })
	if err := c.policy.restore(c.ctx); err != nil {
		c.t.Fatal(err)
	}
	c.config, c.certificate = filepath.Join(c.dir, "geogate.yaml"), c.certify()
	c.configure(5 * time.Second)
	c.startGeogate()
	eventually(c.t, "geogate to follow", func() bool {
		return strings.Contains(get(c.t, "http://"+c.admin+"/status"), `"mode":"tracking"`)
	})
	c.idle = gauges(c.t, c.admin)
}

// shortRound is a fixed choice of faults in an order of the seed's.
func (c *chaos) shortRound() {
	c.setUp()
	x := rand.New(rand.NewPCG(c.seed, 1))
	names := []string{
		"centre kill -9", "centre SIGSTOP", "redis FLUSHALL, then restored", "redis black hole", "geogate SIGTERM",
		"geogate kill -9",
	}
	x.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	c.underLoad(func() {
		for _, name := range names {
			c.steps++
			c.step([]chaosFault{faultNamed(name)}, time.Duration(200+x.IntN(300))*time.Millisecond, x)
		}
	})
}

// stepsPerRound faults happen between two looks at the books.
const stepsPerRound = 8

func (c *chaos) longRounds(long time.Duration) {
	c.setUp()
	x := rand.New(rand.NewPCG(c.seed, 1))
	for c.now() < long && !c.t.Failed() {
		c.underLoad(func() {
			for range stepsPerRound {
				c.steps++
				faults, hold := pick(x)
				c.step(faults, hold, x)
				pause(c.ctx, time.Duration(x.IntN(1500))*time.Millisecond)
			}
		})
	}
}

// underLoad runs what happens in a round, then ends the load, checks that nothing of it is left in Geogate, and
// audits the books.
func (c *chaos) underLoad(happen func()) {
	c.round++
	c.steps = 0
	ctx, stop := context.WithCancel(c.ctx)
	var load sync.WaitGroup
	defer load.Wait() // what ends the test early ends the load first
	defer stop()
	for _, k := range c.clients {
		load.Go(func() { k.run(ctx) })
	}
	load.Go(func() { c.policy.run(ctx, 70*time.Millisecond) })
	c.begin(span{from: c.now(), what: "start of the load"})
	c.converge(c.now())
	c.over()
	happen()
	stop()
	load.Wait()
	c.settle()
	before := c.report.sent
	c.audit()
	c.t.Logf("%7.1fs  round %d: %d messages in the books, %d violations so far", c.now().Seconds(), c.round,
		c.report.sent-before, len(c.violations))
}

// slack is how many goroutines and descriptors more than at first may be left: connections that the Redis client
// and our own HTTP client keep.
const slack = 6

// settle empties the message centres, and waits until Geogate is as idle as at first.
func (c *chaos) settle() {
	for _, m := range c.centres {
		m.stop(syscall.SIGTERM)
		m.relay.Reset()
		m.start()
	}
	deadline := c.now() + recoveryLimit
	for {
		var grown []string
		values := gauges(c.t, c.admin)
		for name, most := range map[string]float64{
			"go_goroutines": c.idle["go_goroutines"] + slack, "process_open_fds": c.idle["process_open_fds"] + slack,
			"geogate_sessions": 0,
		} {
			if values[name] > most {
				grown = append(grown, fmt.Sprintf("%s is %v, at first %v", name, values[name], c.idle[name]))
			}
		}
		c.report.rest = values
		if len(grown) == 0 {
			return
		}
		if c.now() > deadline {
			c.violate("%v after the last session: %s", recoveryLimit, strings.Join(grown, ", "))
			return
		}
		pause(c.ctx, 20*time.Millisecond)
	}
}

// saw notes the version of an account that a refusal's command_status names.
func (c *chaos) saw(account int, st smpp.Status) {
	version := uint32(st) - versionBase
	for {
		old := c.seen[account].Load()
		if version <= old || version > 1<<30 || c.seen[account].CompareAndSwap(old, version) {
			return
		}
	}
}

// maxTold bounds the violations that are told in words.
const maxTold = 20

func (c *chaos) violate(format string, args ...any) {
	text := fmt.Sprintf("seed %d, step %d.%d, %.1fs: ", c.seed, c.round, c.steps, c.now().Seconds()) +
		fmt.Sprintf(format, args...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.violations = append(c.violations, text)
	if c.t != nil && len(c.violations) <= maxTold {
		c.t.Error("VIOLATION: " + text)
	}
}

// finish ends Geogate in order and prints the report.
func (c *chaos) finish() {
	c.proxy.stop(syscall.SIGTERM)
	if c.proxy.err != nil {
		c.violate("geogate ended with %v on SIGTERM", c.proxy.err)
	}
	c.geogateEnded()
	c.report.print(c)
}
