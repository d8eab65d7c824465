// Package config is the process's own configuration: one YAML file, the environment over it, flags over both.
// It is strict: what it does not know or cannot use is a fault, and all faults are told at once.
package config

import (
	"net/netip"
	"time"
)

// Config is the whole configuration, valid and complete.
type Config struct {
	Listen string // where ESMEs bind in plain TCP; empty: nowhere
	Admin  string // health, readiness and metrics; empty: none

	Listeners map[string]*Listener // further addresses where ESMEs bind, over TLS or behind load balancers

	Upstream  Upstream             // the default message centre
	Upstreams map[string]*Upstream // the others, by the name that an account's `upstream` gives

	Redis  Redis
	Policy Policy
	Timers Timers
	Limits Limits
	Log    Log
	Record Record
	API    API

	// StatusText adds additional_status_info_text (TLV 0x001D) with reason, region and revision to refusals.
	StatusText bool
}

// DefaultUpstream is the name of the message centre of accounts that name none.
const DefaultUpstream = "default"

// Redis says where permissions are kept.
type Redis struct {
	URL       Secret // redis://, rediss://, redis+sentinel:// or redis+cluster://; it may hold a password
	Prefix    string
	Snapshot  string        // file of the last good policy; empty: none is kept
	FullPass  time.Duration // between full reads, give or take a fifth
	Idle      time.Duration // of silence until the link is asked whether it is alive
	PollEvery time.Duration // between reads where the server has no tracking
	MaxDrop   float64       // the share of accounts that one read may take away before it is held back
}

// Policy says what is done where the policy does not.
type Policy struct {
	UnknownAccount string        // refuse: at the bind; bind: message by message
	MaxStaleness   time.Duration // of the policy, with fail=closed
	Wait           time.Duration // at the start, for a first policy: who connects is held
	Fail           string        // open: the last good policy holds for ever; closed: until MaxStaleness
}

// Timers are the times of a session.
type Timers struct {
	SessionInit  time.Duration // from connect to bind
	Handshake    time.Duration // for the PROXY header and TLS, before that
	Inactivity   time.Duration // without a PDU; 0: for ever
	WriteTimeout time.Duration // until a peer that does not read is given up
	Connect      time.Duration // for all addresses of an upstream together
	PerAddress   time.Duration // for one of them; 0: an equal share
	Backoff      time.Duration // that an address which failed stands behind the others, at first
	BackoffMax   time.Duration // after more failures in a row
	Drain        time.Duration // from SIGTERM to the end
}

// Limits bound what peers can make the process do.
type Limits struct {
	MaxPDU             int // octets
	MaxConnections     int
	MaxBinds           int // 0: no limit
	MaxBindsPerAccount int // 0: no limit
	MaxTPS             int // messages a second; 0: no limit
	PerAddress         int // connections; 0: no limit
	Rate               int // connections of an address a second; 0: no limit
	Unbound            int // connections that have not bound; 0: no limit
	Exempt             []netip.Prefix
	FailedBindDelay    time.Duration // 0: none
}

// Log says what is logged and how.
type Log struct {
	Level  string
	Format string
}

// Record says where the audit record is kept and how much of it.
type Record struct {
	Dir     string        // empty: none is kept
	Node    string        // empty: the host's name
	Sample  int           // one forward in so many is recorded; 0: none
	MaxSize int           // MiB of a file until the next one is begun
	MaxAge  time.Duration // of a file, likewise
	Keep    int           // files
	Buffer  int           // events that wait for the disk at most

	Stream       string // a key of Redis that gets the lines too; empty: none
	StreamLength int    // entries that it keeps, about
}

// Forwards reports whether forwards are recorded, some of them.
func (r *Record) Forwards() bool { return r.Dir != "" && r.Sample > 0 }

// API says where the HTTP API is served, and how.
type API struct {
	Listen    string      // empty: nowhere
	TLS       ListenerTLS // certificate and key
	Plaintext bool        // also without TLS beyond this machine: something in front speaks it
	Rate      int         // requests a second of an address, and of a token

	MaxConnections int            // one address may have a quarter of them
	ProxyProtocol  []netip.Prefix // the load balancers in front; empty: none, and no header is read
}

// Default is the configuration of an empty file.
func Default() *Config {
	return &Config{
		Listen:    "127.0.0.1:2775",
		Admin:     "127.0.0.1:2776",
		Listeners: map[string]*Listener{},
		Upstreams: map[string]*Upstream{},
		Redis: Redis{
			URL: "redis://127.0.0.1:6379", Prefix: "geo:",
			FullPass: 30 * time.Second, Idle: 2 * time.Second, PollEvery: 200 * time.Millisecond, MaxDrop: 0.2,
		},
		Policy: Policy{UnknownAccount: "refuse", MaxStaleness: 10 * time.Minute, Wait: 3 * time.Second, Fail: "open"},
		Timers: Timers{
			SessionInit: 10 * time.Second, Handshake: 5 * time.Second, Inactivity: 10 * time.Minute, WriteTimeout: 10 * time.Second,
			Connect: 5 * time.Second, Backoff: time.Second, BackoffMax: 30 * time.Second, Drain: 20 * time.Second,
		},
		Limits: Limits{MaxPDU: 66560, MaxConnections: 20000, FailedBindDelay: 250 * time.Millisecond},
		Log:    Log{Level: "info", Format: "json"},
		Record: Record{Sample: 1000, MaxSize: 128, MaxAge: 24 * time.Hour, Keep: 32, Buffer: 16384, StreamLength: 100_000},
		API:    API{Rate: 50, MaxConnections: 500},
	}
}
