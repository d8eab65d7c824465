package proxy

import (
	"hash/maphash"
	"time"

	"golang.org/x/time/rate"

	"geogate/smpp"
)

// throughput is what one session may send. Each destination costs a token of its credential's bucket and one of
// the bucket of all. A long message comes through whole: when one of its parts had a token, the others go into
// debt for theirs, which later messages wait for.
type throughput struct {
	own, all *rate.Limiter // nil: no limit
	limited  bool          // there is one

	part  smpp.Part     // of the message that was read last
	begun []longMessage // made for the first one
	next  int           // of begun, to be used for the next one
}

// longMessages is how many long messages of a session may be on their way at the same time. Of one that is
// pushed out the rest needs tokens as any message does.
const longMessages = 16

// longMessage is a long message to one destination of which a part had a token.
type longMessage struct {
	id   uint64
	left int // parts that may still follow
}

var longSeed = maphash.MakeSeed()

// start begins a batch, with the bucket of all as it is now.
func (t *throughput) start(all *rate.Limiter) {
	t.all = all
	t.limited = t.own != nil || all != nil
}

// read looks at a message whose destinations are about to be judged.
func (t *throughput) read(d *smpp.Destinations, f smpp.Frame) {
	if t.limited {
		t.part = d.Part(f)
	}
}

// allows takes what one destination costs; false: there is nothing left just now.
func (t *throughput) allows(dest []byte, now time.Time) bool {
	return !t.limited || t.spend(dest, now)
}

// spend is allows where there is a limit.
func (t *throughput) spend(dest []byte, now time.Time) bool {
	var id uint64
	if t.part.Total > 1 {
		id = maphash.Bytes(longSeed, dest) ^ uint64(t.part.Ref)<<8 ^ uint64(t.part.Total)
		if t.goesOn(id) {
			owe(t.own, now)
			owe(t.all, now)
			return true
		}
	}
	if !take(t.own, now) || !take(t.all, now) {
		return false
	}
	if t.part.Total > 1 {
		t.begin(longMessage{id, int(t.part.Total) - 1})
	}
	return true
}

func (t *throughput) begin(m longMessage) {
	if t.begun == nil {
		t.begun = make([]longMessage, longMessages)
	}
	t.begun[t.next] = m
	t.next = (t.next + 1) % longMessages
}

// goesOn reports whether a part belongs to a message of which another one had a token.
func (t *throughput) goesOn(id uint64) bool {
	for i := range t.begun {
		if m := &t.begun[i]; m.id == id && m.left > 0 {
			m.left--
			return true
		}
	}
	return false
}

func take(l *rate.Limiter, now time.Time) bool { return l == nil || l.AllowN(now, 1) }

func owe(l *rate.Limiter, now time.Time) {
	if l != nil {
		l.ReserveN(now, 1)
	}
}
