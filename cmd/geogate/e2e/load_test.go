package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"geogate/smpp"
)

// mix is what esmeload sends and the answer owed to each, with account acme at home in GB and FR opened.
var mix = strings.Join([]string{
	"1/1/447400123456 ok weight=4",
	"1/1/33612345678 ok weight=2",
	"2/1/07400123457 ok as=1/1/447400123457",
	"0/0/0033612345679 ok as=1/1/33612345679",
	"1/1/4915123456789 ESME_RINVDSTADR weight=2",
	"1/1/2348031234567 ESME_RINVDSTADR",
	"1/1/4407400123456 ESME_RINVDSTADR",
	"data_sm 1/1/33612345678 ok",
	"data_sm 1/1/4915123456789 ESME_RINVDSTADR",
	"submit_multi 1/1/447400123456 ok 1/1/4915123456789 ESME_RINVDSTADR 1/1/33612345678 ok",
}, ";")

// TestLoad sends 100,000 messages over 10 binds with a window of 100. esmeload is the message centre too: it
// holds every answer and every octet that arrives against what it sent.
func TestLoad(t *testing.T) {
	t.Parallel()
	centre := loopback(freePort(t))
	r := newRigTo(t, centre)
	r.redisCLI("HSET geo:account:acme home GB FR allow")
	r.awaitRevision(2)
	out, err := exec.Command(program("esmeload"), "--addr", r.listen, "--mc", centre, "--system-id", "acme",
		"--binds", "10", "--window", "100", "--count", "100000", "--mix", mix).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

// awaitRevision waits until geogate has a policy of at least that revision in force.
func (r *rig) awaitRevision(revision uint64) {
	r.t.Helper()
	eventually(r.t, "the policy", func() bool {
		resp, err := http.Get("http://" + r.admin + "/status")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		var status struct{ Revision uint64 }
		return json.NewDecoder(resp.Body).Decode(&status) == nil && status.Revision >= revision
	})
}

// changes is how many permissions TestChangesUnderLoad changes.
const changes = 1000

// TestChangesUnderLoad changes a permission a thousand times with redis-cli while ten binds send as fast as
// they can, and measures how long it takes from the HSET to the first verdict that is the new one.
func TestChangesUnderLoad(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.account("load", "home GB")
	r.account("acme", "home GB")
	load := start(t, program("esmeload"), "--addr", r.listen, "--system-id", "load", "--binds", "10", "--window", "100",
		"--duration", "10m", "--mix", "1/1/447400123456 ok;1/1/4915123456789 ESME_RINVDSTADR")
	esme := bound(t, r.listen, "acme")
	cli := r.startRedisCLI()
	took := make([]time.Duration, changes)
	for i := range took {
		action, want := "allow", smpp.ESME_ROK
		if i%2 == 1 {
			action, want = "block", smpp.ESME_RINVDSTADR
		}
		began := time.Now()
		cli.do("HSET geo:account:acme FR " + action)
		for {
			st, _, err := esme.SubmitTo(t.Context(), "33612345678", "changed?")
			if err != nil {
				t.Fatal(err)
			}
			if st == want {
				break
			}
			if time.Since(began) > patience {
				t.Fatalf("change %d is not in force after %v", i, patience)
			}
		}
		took[i] = time.Since(began)
	}
	load.stop(os.Interrupt)
	slices.Sort(took)
	t.Logf("%d changes by redis-cli under load, HSET to verdict: p50 %v, p99 %v, max %v",
		changes, took[changes/2], took[changes*99/100], took[changes-1])
}

// redisCLI is a redis-cli that stays open.
type redisCLI struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Scanner
}

func (r *rig) startRedisCLI() *redisCLI {
	r.t.Helper()
	cmd := exec.Command(need(r.t, "redis-cli", "apt-get install redis-tools"), "-p", strconv.Itoa(r.redis))
	in, err := cmd.StdinPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	return &redisCLI{r.t, in, bufio.NewScanner(out)}
}

// do types one command and waits for its reply.
func (c *redisCLI) do(command string) {
	c.t.Helper()
	if _, err := fmt.Fprintln(c.in, command); err != nil {
		c.t.Fatal(err)
	}
	if !c.out.Scan() {
		c.t.Fatalf("redis-cli ended: %v", c.out.Err())
	}
}
