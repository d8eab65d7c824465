package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// loadReport is what these tests read of esmeload's report.
type loadReport struct {
	Sent     int
	Statuses map[string]int
	Answers  struct {
		Missing, Double, Unasked, Malformed int
		WrongCommand                        int `json:"wrong_command"`
		WrongStatus                         int `json:"wrong_status"`
	}
	MC struct{ Arrived, Altered, Unexpected, Double, Foreign int }
}

// faults lists what an ESME that counts finds wrong after a drain. What was never read has no answer, and that is
// right.
func (l *loadReport) faults() (faults []string) {
	for _, c := range []struct {
		what string
		n    int
	}{
		{"answered twice", l.Answers.Double}, {"answered and never asked", l.Answers.Unasked},
		{"malformed answers", l.Answers.Malformed}, {"answers of another command", l.Answers.WrongCommand},
		{"answers of another status", l.Answers.WrongStatus},
		{"answers with other statuses", l.Sent - l.Answers.Missing - l.Statuses["ESME_ROK"] - l.Statuses["ESME_RINVDSTADR"]},
		{"altered", l.MC.Altered}, {"refused and forwarded", l.MC.Unexpected},
		{"forwarded twice", l.MC.Double}, {"from nowhere", l.MC.Foreign},
		{"taken by the message centre and not answered ESME_ROK", l.MC.Arrived - l.Statuses["ESME_ROK"]},
	} {
		if c.n != 0 {
			faults = append(faults, fmt.Sprint(c.n, " ", c.what))
		}
	}
	return faults
}

// TestConformanceF40Restarts ends Geogate by SIGTERM while ten ESMEs send with a window of a hundred, each time
// at another moment: every request is answered by the message centre or by Geogate, or was never read.
func TestConformanceF40Restarts(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	moments := rand.New(rand.NewPCG(seed, 0))
	centre := loopback(freePort(t))
	r := &rig{t: t, redis: startRedis(t), listen: loopback(freePort(t)), admin: loopback(freePort(t))}
	r.redisCLI("HSET geo:account:acme home GB")
	sent, answered := 0, 0
	n := rounds(t, 3)
	for range n {
		r.proxy = r.startGeogate(centre)
		r.awaitRevision(1)
		report := r.terminateUnderLoad(centre, 1+moments.IntN(20_000))
		if faults := report.faults(); len(faults) > 0 {
			t.Errorf("%s; sent %d, %v", strings.Join(faults, ", "), report.Sent, report.Statuses)
		}
		sent, answered = sent+report.Sent, answered+report.Sent-report.Answers.Missing
	}
	t.Logf("%d restarts: %d sent, %d answered, %d never read", n, sent, answered, sent-answered)
	if answered == 0 {
		t.Error("there was no load")
	}
}

func (r *rig) startGeogate(upstream string) *process {
	r.t.Helper()
	return start(r.t, program("geogate"), "serve",
		"--listen", r.listen, "--upstream", upstream, "--redis", r.redisURL(), "--admin", r.admin)
}

// terminateUnderLoad ends Geogate once it has forwarded so many messages, and returns what the load finds.
func (r *rig) terminateUnderLoad(centre string, after int) *loadReport {
	t := r.t
	t.Helper()
	load := exec.Command(program("esmeload"), "--addr", r.listen, "--mc", centre, "--system-id", "acme", "--binds", "10",
		"--window", "100", "--duration", patience.String(), "--timeout", "1s", "--json",
		"--mix", "1/1/447400123456;1/1/33612345678 ESME_RINVDSTADR")
	p := startCommand(t, load)
	eventually(t, "load", func() bool {
		return r.metric(`geogate_decisions_total{reason="rule_region",verdict="forward"}`) >= after
	})
	r.proxy.stop(syscall.SIGTERM)
	if r.proxy.err != nil {
		t.Errorf("geogate ended with %v", r.proxy.err)
	}
	p.wait("when its connections had ended")
	var report loadReport
	text := p.out.tail(64 << 10)
	if err := json.Unmarshal([]byte(text[strings.Index(text, "{"):]), &report); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return &report
}

// metric is the value of a metric of Geogate's; 0 when it cannot be had.
func (r *rig) metric(name string) int {
	resp, err := http.Get("http://" + r.admin + "/metrics")
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			n, _ := strconv.ParseFloat(value, 64)
			return int(n)
		}
	}
	return 0
}

// TestConformanceF40SecondSignal has a drain wait for an answer that does not come: a second SIGTERM ends it.
func TestConformanceF40SecondSignal(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, redis: startRedis(t), listen: loopback(freePort(t)), admin: loopback(freePort(t))}
	r.proxy = r.startGeogate(startCentre(t, "--silence", "1").addr)
	r.account("acme", "home GB")
	e := r.bind()
	if err := e.Send((&smpp.SubmitSM{Dest: smpp.Address{TON: 1, NPI: 1, Addr: []byte("447400123456")}}).Append(nil,
		smpp.Header{Sequence: 100})); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the message", func() bool {
		return r.metric(`geogate_decisions_total{reason="rule_region",verdict="forward"}`) == 1
	})
	if err := r.proxy.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the drain", func() bool { return strings.Contains(r.proxy.out.tail(4<<10), `"msg":"draining"`) })
	r.proxy.stop(syscall.SIGTERM)
	status := r.proxy.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v", r.proxy.err)
	}
	<-e.Done()
	if st := e.State(); st == smpptest.Unbound {
		t.Error("the session was drained after all")
	}
}
