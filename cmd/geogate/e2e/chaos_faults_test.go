package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"syscall"
	"time"
)

// chaosFault is one thing that goes wrong. begin does it, and returns what ends it.
type chaosFault struct {
	name   string
	domain domain
	begin  func(c *chaos, x *rand.Rand) (end func())
}

// domain is whom a fault strikes; two at the same time strike two.
type domain uint8

const (
	ofCentre domain = 1 << iota
	ofRedis
	ofGeogate
	ofOthers // ESMEs, strangers, operators

	cuts   = ofCentre | ofGeogate // whose faults may end sessions
	stales = ofRedis | ofGeogate  // during whose faults an older policy may decide
)

var chaosFaults = []chaosFault{
	{"centre kill -9", ofCentre, func(c *chaos, x *rand.Rand) func() {
		m := c.anyCentre(x)
		m.stop(syscall.SIGKILL)
		return m.start
	}},
	{"centre SIGTERM", ofCentre, func(c *chaos, x *rand.Rand) func() {
		m := c.anyCentre(x)
		m.stop(syscall.SIGTERM)
		return m.start
	}},
	{"centre SIGSTOP", ofCentre, func(c *chaos, x *rand.Rand) func() {
		return freeze(c.anyCentre(x).proc)
	}},
	{"centre black hole", ofCentre, func(c *chaos, x *rand.Rand) func() {
		relay := c.anyCentre(x).relay
		relay.Swallow()
		return relay.Heal
	}},
	{"centre slow", ofCentre, func(c *chaos, x *rand.Rand) func() {
		relay := c.anyCentre(x).relay
		relay.Delay(time.Duration(20+x.IntN(180)) * time.Millisecond)
		return func() { relay.Delay(0) }
	}},
	{"centre reset", ofCentre, func(c *chaos, x *rand.Rand) func() {
		c.anyCentre(x).relay.Reset()
		return func() {}
	}},

	{"redis kill -9, back empty, then restored", ofRedis, func(c *chaos, _ *rand.Rand) func() {
		c.policy.writing.Lock()
		c.redis.proc.stop(syscall.SIGKILL)
		return func() {
			c.redis.start()
			c.restore()
		}
	}},
	{"redis FLUSHALL, then restored", ofRedis, func(c *chaos, _ *rand.Rand) func() {
		c.policy.writing.Lock()
		c.redisDo("FLUSHALL")
		return c.restore
	}},
	{"redis SIGSTOP", ofRedis, func(c *chaos, _ *rand.Rand) func() { return freeze(c.redis.proc) }},
	{"redis black hole", ofRedis, func(c *chaos, _ *rand.Rand) func() {
		c.redis.relay.Swallow()
		return c.redis.relay.Heal
	}},
	{"redis slow", ofRedis, func(c *chaos, x *rand.Rand) func() {
		c.redis.relay.Delay(time.Duration(20+x.IntN(180)) * time.Millisecond)
		return func() { c.redis.relay.Delay(0) }
	}},
	{"redis reset", ofRedis, func(c *chaos, _ *rand.Rand) func() {
		c.redis.relay.Reset()
		return func() {}
	}},

	{"geogate SIGTERM", ofGeogate, func(c *chaos, _ *rand.Rand) func() {
		c.proxy.stop(syscall.SIGTERM)
		if c.proxy.err != nil {
			c.violate("geogate ended with %v on SIGTERM", c.proxy.err)
		}
		c.geogateEnded()
		return c.startGeogate
	}},
	{"geogate kill -9", ofGeogate, func(c *chaos, _ *rand.Rand) func() {
		c.proxy.stop(syscall.SIGKILL)
		c.geogateEnded()
		return c.startGeogate
	}},
	{"geogate SIGSTOP", ofGeogate, func(c *chaos, _ *rand.Rand) func() { return freeze(c.proxy) }},

	{"ESMEs reset", ofOthers, func(c *chaos, x *rand.Rand) func() {
		for _, k := range c.clients {
			struck := x.IntN(4) == 0
			if s := k.session(); s != nil && struck {
				s.finish(endReset)
			}
		}
		return func() {}
	}},
	{"strangers with garbage", ofOthers, func(c *chaos, x *rand.Rand) func() {
		var conns []net.Conn
		for range 100 {
			garbage := make([]byte, x.IntN(200))
			for i := range garbage {
				garbage[i] = byte(x.IntN(256))
			}
			if conn, err := c.dial(false); err == nil {
				_, _ = conn.Write(garbage)
				conns = append(conns, conn)
			}
		}
		return func() {
			for _, conn := range conns {
				conn.Close()
			}
		}
	}},
	{"geogate SIGHUP with other settings", ofOthers, func(c *chaos, x *rand.Rand) func() {
		c.configure(time.Duration(4+x.IntN(3)) * time.Second)
		_ = c.proxy.cmd.Process.Signal(syscall.SIGHUP)
		return func() {}
	}},
}

func freeze(p *process) (thaw func()) {
	_ = p.cmd.Process.Signal(syscall.SIGSTOP)
	return func() { _ = p.cmd.Process.Signal(syscall.SIGCONT) }
}

func (c *chaos) anyCentre(x *rand.Rand) *chaosCentre { return c.centres[x.IntN(len(c.centres))] }

func (c *chaos) redisDo(command ...any) {
	if err := c.policy.client.Do(c.ctx, command...).Err(); err != nil {
		c.t.Fatalf("%v: %v", command, err)
	}
}

// restore fills an emptied Redis again, after Geogate had time to see it empty.
func (c *chaos) restore() {
	defer c.policy.writing.Unlock()
	pause(c.ctx, 300*time.Millisecond)
	if err := c.policy.restore(c.ctx); err != nil {
		c.t.Fatal(err)
	}
}

// span is a time during which something was wrong.
type span struct {
	from, to time.Duration
	what     string
	struck   domain
	drain    bool // nothing but a SIGTERM to Geogate
}

// recoveryLimit is how long everything may take to be as before once a fault has ended.
const recoveryLimit = 30 * time.Second

// step makes faults happen together for a while and waits until everything is as before: every ESME has
// answers to what it sends, and the policy of now is in force.
func (c *chaos) step(faults []chaosFault, hold time.Duration, x *rand.Rand) {
	var names []string
	now := span{from: c.now(), drain: len(faults) == 1 && faults[0].name == "geogate SIGTERM"}
	for _, f := range faults {
		names = append(names, f.name)
		now.struck |= f.domain
	}
	now.what = strings.Join(names, " + ")
	c.begin(now)
	var ends []func()
	for _, f := range faults {
		ends = append(ends, f.begin(c, x))
	}
	pause(c.ctx, hold)
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i]()
	}
	healed := c.now()
	c.converge(healed)
	c.over()
	took := c.now() - healed
	for _, name := range names {
		c.report.faults[name]++
	}
	c.report.recoveries = append(c.report.recoveries, took)
	c.t.Logf("%7.1fs  step %d.%d  %s for %v: recovered after %v", c.now().Seconds(), c.round, c.steps, now.what,
		hold.Round(time.Millisecond), took.Round(time.Millisecond))
}

// converge waits until every ESME is served and the newest policy decides.
func (c *chaos) converge(since time.Duration) {
	deadline := since + recoveryLimit
	for _, k := range c.clients {
		for !k.recovered(since) {
			if c.now() > deadline {
				c.violate("%v after the fault ESME %d is not served: %s", recoveryLimit, k.number, k.state())
				return
			}
			pause(c.ctx, 5*time.Millisecond)
		}
	}
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	k := c.policy.change(ctx, touchAll)
	c.policy.mu.Lock()
	newest := c.policy.list[k]
	c.policy.mu.Unlock()
	for i := range newest.accounts {
		for c.seen[i].Load() < newest.accounts[i].version {
			if c.now() > deadline {
				c.violate("%v after the fault account c%d is judged by version %d; %d is in Redis: %s", recoveryLimit, i,
					c.seen[i].Load(), newest.accounts[i].version, get(c.t, "http://"+c.admin+"/status"))
				return
			}
			pause(c.ctx, 5*time.Millisecond)
		}
	}
}

// begin opens a span; over closes it.
func (c *chaos) begin(s span) {
	s.to = 1 << 62
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spans = append(c.spans, s)
}

func (c *chaos) over() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spans[len(c.spans)-1].to = c.now()
}

// pick draws the faults of a step, and how long they last.
func pick(x *rand.Rand) (faults []chaosFault, hold time.Duration) {
	faults = append(faults, chaosFaults[x.IntN(len(chaosFaults))])
	if x.IntN(4) == 0 {
		other := chaosFaults[x.IntN(len(chaosFaults))]
		if other.domain != faults[0].domain {
			faults = append(faults, other)
		}
	}
	return faults, time.Duration(300+x.IntN(4000)) * time.Millisecond
}

// faultNamed finds one for a fixed plan.
func faultNamed(name string) chaosFault {
	for _, f := range chaosFaults {
		if f.name == name {
			return f
		}
	}
	panic(fmt.Sprintf("no fault %q", name))
}
