package e2e

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// usualSoak is for every run of the tests: long enough to show that it works.
const usualSoak = 8 * time.Second

// TestSoak sends at a steady rate, what is allowed and what is refused, over sessions that stay, and looks at Geogate's
// memory: it is at the end what it was when everything was warm. make soak T=20m prints start, middle and end.
func TestSoak(t *testing.T) {
	t.Parallel()
	length := usualSoak
	if asked := os.Getenv("GEOGATE_TEST_SOAK_FOR"); asked != "" {
		var err error
		if length, err = time.ParseDuration(asked); err != nil {
			t.Fatal(err)
		}
	}
	centre := loopback(freePort(t)) // without a record, which would grow
	start(t, program("smscsim"), "--listen", centre)
	listens(t, centre)
	r := newRigTo(t, centre)
	r.account("acme", "home GB FR allow")
	began := time.Now()
	load := startCommand(t, exec.Command(program("esmeload"), "--addr", r.listen, "--system-id", "acme", "--binds", "50",
		"--window", "20", "--rate", "2000", "--duration", length.String(), "--mix", mix))
	eventually(t, "the load", func() bool { return r.metric(`geogate_decisions_total{reason="rule_region",verdict="forward"}`) > 1000 })
	first := r.look(t, "start")
	time.Sleep(time.Until(began.Add(length / 2)))
	r.look(t, "middle")
	time.Sleep(time.Until(began.Add(length - time.Second)))
	end := r.look(t, "end")
	load.wait("when all was sent")
	if load.err != nil {
		t.Errorf("esmeload: %v", load.err)
	}
	const slack = 16 << 20
	grown := end.heap > first.heap+slack || end.resident > first.resident+2*slack
	if grown || end.goroutines > first.goroutines+10 || end.files > first.files+10 {
		t.Errorf("it grew: %+v, at first %+v", end, first)
	}
}

// footprint is what Geogate takes of the machine.
type footprint struct{ resident, heap, goroutines, files float64 }

// look prints what Geogate takes. The heap goes up and down with each collection: the largest of several looks varies
// less than one.
func (r *rig) look(t *testing.T, when string) (most footprint) {
	t.Helper()
	for range 10 {
		now := gauges(t, r.admin)
		most = footprint{
			max(most.resident, now["process_resident_memory_bytes"]), max(most.heap, now["go_memstats_heap_alloc_bytes"]),
			max(most.goroutines, now["go_goroutines"]), max(most.files, now["process_open_fds"]),
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Logf("%-6s resident %5.1f MiB, heap %5.1f MiB, %.0f goroutines, %.0f descriptors", when,
		most.resident/(1<<20), most.heap/(1<<20), most.goroutines, most.files)
	return most
}
