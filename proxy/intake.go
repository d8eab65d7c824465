package proxy

import (
	"time"

	"geogate/rules"
	"geogate/rules/numplan"
	"geogate/smpp"
)

// intake is where a batch of the ESME's is worked on, and delivery where one of the message centre's is. Nothing in them
// outlives the batch. The sessions of an event loop share one of each: it stays in the processor's caches, and a session
// among a thousand has that much less to be fetched from memory. One that goroutines serve has its own.
type intake struct {
	fwd      batch
	replies  []byte   // answers of our own
	words    []byte   // of one refusal
	asked    []uint32 // sequence numbers of the requests
	told     []uint32 // sequence numbers of the responses
	tally    tally
	outcomes outcomes
	judge    judge
}

// delivery is intake's counterpart.
type delivery struct {
	back    batch
	mcAsked []uint32
	mcTold  []uint32
}

// tally counts what is told to the session once a batch.
type tally struct{ requests, refused, octets int }

// judge is what a verdict needs and where it is put; all of it is used again for the next one.
type judge struct {
	now time.Time // of the batch, wall clock

	dests    smpp.Destinations
	message  Message
	decision rules.Decision
	edits    []smpp.Edit
	numbers  []numplan.Number // whose digits edits refer to
	refused  refusals
}

// standing is by what a session's messages are judged.
type standing struct {
	policy     *rules.Policy
	known      bool // policy was looked at
	account    *rules.Account
	throughput throughput
	brief      bool // of what is forwarded only the number counts: nothing is limited, and nobody hears of it
}
