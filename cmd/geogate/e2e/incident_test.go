package e2e

import (
	"fmt"
	"testing"
	"time"

	"geogate/smpp"
)

// TestIncidentRunbook plays docs/incident.md while somebody pumps messages, and sees them stopped and let go on.
func TestIncidentRunbook(t *testing.T) {
	t.Parallel()
	r, _ := newAPIRig(t)
	r.account("acme", "home GB SO allow")
	esme := bindTo(t, r.listen)
	for i := range 30 {
		if st := sendTo(t, esme, fmt.Sprintf("2526312345%02d", i)); st != smpp.ESME_ROK {
			t.Fatal(st)
		}
	}
	begin := time.Now()
	runDocument(t, "../../../docs/incident.md", 8,
		"GEOGATE_REDIS_URL="+r.redisURL(), "GEOGATE_RECORD_DIRECTORY="+r.record, "LISTEN="+r.listen)
	t.Logf("the runbook, from the look to the undo: %v", time.Since(begin).Round(time.Millisecond))
	eventually(t, "the prefix to be open again", func() bool { return sendTo(t, esme, "252631234599") == smpp.ESME_ROK })
}
