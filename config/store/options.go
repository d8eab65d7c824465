package store

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"geogate/rules/numplan"
)

// Options says which Redis to follow, and how. Only URL is needed; the zero value of each other field is its
// default.
type Options struct {
	// URL names the Redis; see ParseURL for its forms.
	URL string
	// Prefix of every key, "geo:" by default. On a Cluster, one with a hash tag ("{geo}:") keeps all keys in
	// one slot: then an Edit of several keys is one MULTI there too.
	Prefix string
	// TLS replaces the settings that a rediss URL gives.
	TLS *tls.Config
	// SnapshotPath is the file that keeps the last good policy; empty: none is kept.
	SnapshotPath string

	// FullPass is the usual time between two full passes; each is drawn from half to double of it. Default 30
	// s.
	FullPass time.Duration
	// Idle is how long the watch connection may be silent before it is asked; after a second such time
	// without an answer it is given up. Default 1 s.
	Idle time.Duration
	// PollEvery is the time between full passes where Redis refuses tracking. Default 200 ms; a pass that
	// takes long is followed by a rest of five times its length.
	PollEvery time.Duration

	// MaxDrop is the share of the known accounts that may vanish at once before it waits for Accept. Default
	// 0.2; one account may always go, except the last one.
	MaxDrop float64
	// MaxStale is how long verdicts are given after Redis was last heard of. After that Policy answers nil,
	// which refuses everything with policy_unavailable, until Redis is back. Default 0: the last good policy
	// serves on.
	MaxStale time.Duration

	// Plan is the numbering plan to compile with; nil: numplan.Default.
	Plan *numplan.Plan
	// Logger is told of connections, faults and repairs; nil: nobody.
	Logger *zap.Logger
	// Observer is told of events to count; nil: nobody.
	Observer Observer
	// By is the name under which Accept stands in the log. Default "geogate".
	By string
}

// withDefaults fills in the defaults, or says everything that is wrong.
func (o Options) withDefaults() (Options, error) {
	setDefault(&o.Prefix, "geo:")
	setDefault(&o.FullPass, 30*time.Second)
	setDefault(&o.Idle, time.Second)
	setDefault(&o.PollEvery, 200*time.Millisecond)
	setDefault(&o.MaxDrop, 0.2)
	setDefault(&o.By, "geogate")
	setDefault(&o.Observer, Observer(nopObserver{}))
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	var faults []error
	for name, d := range map[string]time.Duration{
		"full pass": o.FullPass, "idle": o.Idle, "poll": o.PollEvery, "stale": o.MaxStale,
	} {
		if d < 0 || d > 0 && d < time.Millisecond {
			faults = append(faults, fmt.Errorf("the %s interval is %v: it must be at least 1ms", name, d))
		}
	}
	if o.MaxDrop < 0 || o.MaxDrop > 1 {
		faults = append(faults, fmt.Errorf("the share of accounts that may vanish is %v: 0 to 1 is allowed", o.MaxDrop))
	}
	if strings.ContainsAny(o.Prefix, " \t\r\n\"'") {
		faults = append(faults, fmt.Errorf("the key prefix %q holds a space or a quote", o.Prefix))
	}
	return o, errors.Join(faults...)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
