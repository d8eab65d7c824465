package store

import (
	"time"

	"geogate/rules"
)

// Source says where the policy in force was read from.
type Source uint8

// The sources of a policy.
const (
	FromNowhere  Source = iota // nothing was loaded yet: everything is refused
	FromSnapshot               // the file of the last good policy, Redis has not answered yet
	FromRedis
)

// String is the word for metrics and status output: "none", "snapshot", "redis".
func (s Source) String() string { return [...]string{"none", "snapshot", "redis"}[s] }

// Mode says how changes are noticed at the moment.
type Mode uint8

// The modes of following.
const (
	Away     Mode = iota // no usable connection: trying
	Tracking             // Redis tells of each change
	Polling              // Redis refuses tracking: everything is read at an interval
)

// String is the word for metrics and status output: "away", "tracking", "polling".
func (m Mode) String() string { return [...]string{"away", "tracking", "polling"}[m] }

// Status is how well Redis is being followed. It is a copy: the caller owns it.
type Status struct {
	Source   Source
	Mode     Mode
	InStep   bool   // all that Redis holds was read, and every change since is told at once
	Watching int    // watch connections that are up; one, or one for each master of a Cluster
	Server   string // version of the Redis last connected to
	Revision uint64 // of the policy in force; 0: none
	Accounts int    // in the policy in force
	Stale    bool   // the policy is older than Options.MaxStale and refuses everything

	LastAnswer time.Time // when Redis last answered; on a Cluster the master that has been silent longest
	LastPass   time.Time // when a full pass last succeeded, believed or not
	LastChange time.Time // when the policy in force was swapped in

	Passes   uint64 // full passes that succeeded
	Repairs  uint64 // keys that a full pass found changed without a notification; should stay 0 while tracking
	Connects uint64 // watch connections made
	Failures uint64 // reads and connections that failed

	Faults []rules.Fault // what is written but not in force
	Held   *Held         // a full pass that is not believed; nil: none

	Problem         string // what is wrong with Redis at the moment and its cure; empty: nothing
	PollingBecause  string // why tracking is refused and its cure; empty: it is not
	Snapshot        time.Time
	SnapshotProblem string // why the last snapshot could not be read or written; empty: it could
	SnapshotFaults  uint64 // snapshots that could not be read or written
}

// Held is a full pass that would drop too much to be believed. The last good policy stays in force until the
// keys are back or Store.Accept is called.
type Held struct {
	Since   time.Time
	Why     string // in words, with the cure
	Known   int    // accounts in force
	Dropped int    // of those, how many are gone in Redis
	NoMeta  bool   // geo:meta is gone too: this Redis does not say that it holds a policy
}

// Event is something worth counting.
type Event struct {
	Kind EventKind
	// Revision of the policy, for Swapped.
	Revision uint64
	// Count of keys: changed for Swapped, repaired for Repaired, dropped for HeldBack; of edits for WentBack.
	Count int
	// Took is how long reading and compiling took, for Swapped and Passed.
	Took time.Duration
	// Err says what failed, for Failed and SnapshotFailed.
	Err error
}

// EventKind tells events apart.
type EventKind uint8

// The kinds of events.
const (
	Swapped        EventKind = iota // another policy is in force
	Passed                          // a full pass succeeded
	Repaired                        // a full pass found what no notification told
	HeldBack                        // a full pass is not believed
	Released                        // it is believed again, or was accepted
	Connected                       // a watch connection is up
	Failed                          // a connection or a read failed
	SnapshotSaved                   // the last good policy is on disk
	SnapshotFailed                  // it could not be read or written
	WentBack                        // Redis holds an older policy than before, and it is in force
	numEventKinds
)

var eventKindNames = [numEventKinds]string{"swapped", "passed", "repaired", "held_back", "released", "connected",
	"failed", "snapshot_saved", "snapshot_failed", "went_back"}

// String is the word for metric labels.
func (k EventKind) String() string { return eventKindNames[k] }

// EventKinds lists all kinds, for metrics that exist before the first event.
func EventKinds() []EventKind {
	list := make([]EventKind, numEventKinds)
	for i := range list {
		list[i] = EventKind(i)
	}
	return list
}

// Observer is told of events, from several goroutines; it must not block.
type Observer interface {
	Observe(Event)
}

type nopObserver struct{}

func (nopObserver) Observe(Event) {}
