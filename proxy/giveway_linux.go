package proxy

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Whoever has something for a loop that sleeps must wake it, which takes longer than all that is done for a message: above
// all the peer, who sends fewer messages for it. So a loop that is behind gives way before it sleeps to those who wait for
// its processor: what they have for it meanwhile it finds without being woken. After large reads it does not. Who gives way
// is put behind all others, and the many messages of its next reads would wait for that.

const (
	// little is as much as a few messages, in octets: with four times as much there was no gain (docs/performance.md).
	little = 512
	// crowded is how many events a round has on average when a loop is behind. One that is not would only make its messages
	// late.
	crowded = 4
	// overRounds is over how many rounds that average goes, about: so many that a loop which was without the processor for a
	// moment, and has much to do once, is not taken for one that is behind.
	overRounds = 64
)

// count takes the events of a round into their average.
func (l *loop) count(events int) { l.recent += events - l.recent/overRounds }

// waitAwake returns how many events there are by now. When the loop is behind, after a round of little, it lets others have
// the processor first.
func (l *loop) waitAwake(events []unix.EpollEvent) int {
	gives := l.largest <= little && l.recent >= crowded*overRounds
	l.largest = 0
	if !gives {
		return 0
	}
	l.giveWay()
	n, _ := pollFor(l.poll, events, 0)
	return n
}

// giveProcessor lets another thread have the processor: Go's scheduler hears nothing of it.
func giveProcessor() { syscall.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }
