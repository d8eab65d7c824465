package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"go.uber.org/zap"

	"geogate/rules"
	"geogate/smpp"
)

// Policies is where verdicts come from. Policy is called once per batch of frames, from many goroutines: one
// atomic load. A nil policy refuses: every message with policy_unavailable, every bind with ESME_RSYSERR.
type Policies interface{ Policy() *rules.Policy }

// Upstream is one message centre that accounts send to.
type Upstream struct {
	Addrs []string    // host:port, the preferred one first; the next is tried when one cannot be bound to
	TLS   *tls.Config // nil: plain TCP. An empty ServerName is filled in with the address's host

	// Weights are the shares of new binds of some addresses, from 1; those without one take what the others
	// cannot. Nil: the order of Addrs alone counts.
	Weights map[string]int
	// NewTLS gives the TLS settings of each connection in place of TLS: for files that change. Nil: TLS.
	NewTLS func() (*tls.Config, error)
}

// Config says how a Server works. Upstreams, DefaultUpstream and Policies are needed; for everything else the
// zero value takes the default that is named with it.
type Config struct {
	Upstreams       map[string]Upstream // by the name that accounts give in `upstream`
	DefaultUpstream string              // of accounts that name none
	Policies        Policies
	Observer        Observer    // nil: nobody watches
	Logger          *zap.Logger // nil: no log

	// SessionInit is how long a connection may take from accept to an accepted bind's request
	// (session_init_timer, SMPP 3.4 s.7.2); 10 s.
	SessionInit time.Duration
	// HandshakeTimeout is for the PROXY header and the TLS handshake of a connection, of which SessionInit does
	// not count; 5 s.
	HandshakeTimeout time.Duration
	// Inactivity ends a bound session from whose ESME nothing came for so long (inactivity_timer); 5 min.
	// Negative: never.
	Inactivity time.Duration
	// WriteDeadline ends a pair one of whose sides takes no octets for so long; 10 s.
	WriteDeadline time.Duration
	// ConnectTimeout is for a bind at the message centre as a whole: every address, connecting and the
	// answer; 5 s.
	ConnectTimeout time.Duration
	// ConnectPerAddress is the most that one address may take of that; 0: as much as leaves the others an
	// equal share.
	ConnectPerAddress time.Duration
	// BackoffMin is how long an address that failed stands behind the healthy ones, give or take a fifth; it
	// doubles with each further failure in a row up to BackoffMax. 1 s and 30 s.
	BackoffMin, BackoffMax time.Duration
	// DrainTimeout is how long the message centre may take to answer what is in flight when a session is
	// ended in order; 10 s.
	DrainTimeout time.Duration
	// UnbindTimeout is how long either side may take to answer our own unbind; 1 s.
	UnbindTimeout time.Duration
	// FailedBindDelay is how long the answer to the third failed bind for a system_id from one address, and to the
	// 17th for any, is held back; it doubles with each further one, up to sixteenfold, and is forgotten a minute after
	// the last; 250 ms. Negative: never.
	FailedBindDelay time.Duration

	MaxPDU             int // longest frame taken from either side, in octets; smpp.DefaultMaxPDU
	MaxConns           int // ESME connections at the same time; 0: no limit
	MaxBinds           int // sessions bound at the same time; further binds are refused with ESME_RSYSERR; 0: no limit
	MaxBindsPerAccount int // sessions bound for one account at the same time; 0: no limit
	// MaxTPS is how many messages a second all sessions together may send, a second's worth at once; further ones
	// are refused as throttled. Before it comes to that, while less than half of that is left, further binds are
	// refused with ESME_RSYSERR. 0: no limit.
	MaxTPS float64

	// Arrivals limits connections before they bind.
	Arrivals ArrivalLimits

	// AdmitUnknownAccounts lets a bind through whose account does not exist; every message is then refused
	// with account_unknown. The default is to refuse the bind with ESME_RINVSYSID.
	AdmitUnknownAccounts bool
	// RelayCommands are command_ids that SMPP does not define and that are relayed from the ESME
	// nevertheless, unread. None may carry a message past the judgment.
	RelayCommands []smpp.CommandID
	// RefusalsOnly spares Observer.Decided what is simply forwarded: it hears of refusals and of what is forwarded only
	// because the account is being monitored.
	RefusalsOnly bool
	// StatusText adds the reason of a refusal, the region and the policy's revision as TLV
	// additional_status_info_text (0x001D): "default FR revision 42".
	StatusText bool

	// Dial connects to a message centre; nil: TCP.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Now is the wall clock, which rules' times are held against; nil: time.Now. Timers run on the monotonic
	// clock.
	Now func() time.Time
}

// withDefaults returns a copy with nothing left open.
func (c Config) withDefaults() Config {
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{
		{&c.SessionInit, 10 * time.Second}, {&c.HandshakeTimeout, 5 * time.Second}, {&c.Inactivity, 5 * time.Minute},
		{&c.WriteDeadline, 10 * time.Second}, {&c.ConnectTimeout, 5 * time.Second},
		{&c.DrainTimeout, 10 * time.Second}, {&c.UnbindTimeout, time.Second},
		{&c.BackoffMin, time.Second}, {&c.BackoffMax, 30 * time.Second},
		{&c.FailedBindDelay, 250 * time.Millisecond},
	} {
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	if c.MaxPDU == 0 {
		c.MaxPDU = smpp.DefaultMaxPDU
	}
	if c.Observer == nil {
		c.Observer = NopObserver{}
	}
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{KeepAliveConfig: keepAlive}).DialContext
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// keepAlive finds out within a minute that a message centre's host is gone, even from a session that is idle.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3}

// minMaxPDU is the shortest limit on frames with which SMPP can be spoken: the longest submit_sm without TLVs
// fits.
const minMaxPDU = 512

// check returns every fault of a configuration with its defaults filled in.
func (c *Config) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("proxy: "+format, args...)) }
	if c.Policies == nil {
		fault("no source of policies")
	}
	if _, ok := c.Upstreams[c.DefaultUpstream]; !ok {
		fault("the default upstream %q is not configured", c.DefaultUpstream)
	}
	for name, up := range c.Upstreams {
		if len(up.Addrs) == 0 {
			fault("upstream %q has no address", name)
		}
		for _, addr := range up.Addrs {
			if _, _, err := net.SplitHostPort(addr); err != nil {
				fault("upstream %q: %v: host:port is needed", name, err)
			}
		}
		for addr, weight := range up.Weights {
			if !slices.Contains(up.Addrs, addr) || weight < 1 {
				fault("upstream %q: weight %d of %s: only its addresses have one, from 1", name, weight, addr)
			}
		}
	}
	if !(c.MaxTPS >= 0 && c.MaxTPS < 1e9) {
		fault("the throughput of all sessions is %v messages a second; 0 to 1e9 are possible", c.MaxTPS)
	}
	if c.MaxPDU < minMaxPDU {
		fault("the limit on frames is %d octets; at least %d are needed", c.MaxPDU, minMaxPDU)
	}
	for _, id := range c.RelayCommands {
		if id.Known() || id.IsResponse() {
			fault("%s cannot be relayed unread: only request ids that SMPP does not define", id)
		}
	}
	for name, d := range map[string]time.Duration{
		"session_init": c.SessionInit, "handshake": c.HandshakeTimeout, "write": c.WriteDeadline, "connect": c.ConnectTimeout,
		"connect_address": c.ConnectPerAddress, "backoff": c.BackoffMin, "drain": c.DrainTimeout, "unbind": c.UnbindTimeout,
	} {
		if d < 0 {
			fault("the %s time-out is negative", name)
		}
	}
	if c.BackoffMax < c.BackoffMin {
		fault("the longest backoff %v is shorter than the first one, %v", c.BackoffMax, c.BackoffMin)
	}
	return errors.Join(faults...)
}
