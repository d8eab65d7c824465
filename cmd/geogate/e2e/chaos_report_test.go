package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"geogate/smpp"
)

// chaosReport is what came of a run.
type chaosReport struct {
	faults     map[string]int
	recoveries []time.Duration
	racedLives int

	sessions, sent, unanswered, refused, late, receipts int
	endings                                             [5]int
	statuses                                            map[smpp.Status]int
	reasons                                             map[string]int
	checked, exact, revisions, pinned                   int
	rest                                                map[string]float64
}

func newChaosReport() chaosReport {
	return chaosReport{faults: map[string]int{}, statuses: map[smpp.Status]int{}, reasons: map[string]int{}}
}

func (r *chaosReport) print(c *chaos) {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s"+format+"\n", append([]any{name}, args...)...)
	}
	fmt.Fprintf(&b, "chaos, seed %d\n", c.seed)
	slices.Sort(r.recoveries)
	faults := 0
	for _, name := range slices.Sorted(maps.Keys(r.faults)) {
		faults += r.faults[name]
		line("fault", "%4d x %s", r.faults[name], name)
	}
	line("time", "%v, %d rounds, %d faults in %d steps", c.now().Round(time.Second), c.round, faults, len(r.recoveries))
	if n := len(r.recoveries); n > 0 {
		line("recovery", "p50 %v, max %v from the end of the fault until every ESME is served and the newest policy decides",
			r.recoveries[n/2].Round(time.Millisecond), r.recoveries[n-1].Round(time.Millisecond))
	}
	line("geogate", "%d processes, %d of them with the race detector", c.incarnation(), r.racedLives)
	answered := r.refused + r.late
	var statuses []string
	for _, st := range slices.Sorted(maps.Keys(r.statuses)) {
		answered += r.statuses[st]
		statuses = append(statuses, fmt.Sprintf("%v %d", st, r.statuses[st]))
	}
	line("sent", "%d = %d answered + %d left unanswered on a session that closed", r.sent, answered, r.unanswered)
	line("by MCs", "%s; %d receipts came back", strings.Join(statuses, ", "), r.receipts)
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(r.reasons)) {
		reasons = append(reasons, fmt.Sprintf("%s %d", reason, r.reasons[reason]))
	}
	line("refused", "%d: %s", r.refused, strings.Join(reasons, ", "))
	line("late", "%d came to a Geogate that drained: ESME_RTHROTTLED", r.late)
	line("sessions", "%d: %d unbound by us, %d unbound by Geogate, %d cut off, %d given up without an answer, "+
		"%d reset by us", r.sessions, r.endings[endOwn], r.endings[endUnbound], r.endings[endCut], r.endings[endTimeout], r.endings[endReset])
	line("verdicts", "%d checked; of the forwards, %d lie between refusals of one revision", r.checked, r.exact)
	line("policy", "%d editions written, %d revisions named, %d of them pinned to one edition", len(c.policy.list),
		r.revisions, r.pinned)
	line("at rest", "goroutines %v (at first %v), descriptors %v (%v)", r.rest["go_goroutines"], c.idle["go_goroutines"],
		r.rest["process_open_fds"], c.idle["process_open_fds"])
	line("violations", "%d", len(c.violations))
	c.t.Log("\n" + b.String())
}
