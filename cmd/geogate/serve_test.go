package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"geogate/config"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// node is a running app with its Redis, its message centre and its log.
type node struct {
	*app
	redis *miniredis.Miniredis
	mc    *smpptest.MC
	logs  *observer.ObservedLogs
	stop  func() error // drains; the second call does nothing
}

func startNode(t *testing.T, redis *miniredis.Miniredis, changes ...func(*config.Config)) *node {
	t.Helper()
	return startNodeUnder(t, nil, nil, redis, changes...)
}

// startNodeUnder starts a node that a supervisor watches and gives sockets to.
func startNodeUnder(t *testing.T, supervisor *notifier, sockets []passed, redis *miniredis.Miniredis,
	changes ...func(*config.Config)) *node {
	t.Helper()
	mc, err := smpptest.StartMC(smpptest.MCOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Listen, c.Admin = "127.0.0.1:0", "127.0.0.1:0"
	c.Upstream.Addresses = []config.Address{{Addr: mc.Addr()}}
	c.Redis.URL = config.Secret("redis://" + redis.Addr())
	c.Redis.PollEvery, c.Timers.Drain = 10*time.Millisecond, time.Second
	for _, change := range changes {
		change(c)
	}
	core, logs := observer.New(zap.InfoLevel)
	a, err := newApp(c, zap.New(core), sockets...)
	if err != nil {
		t.Fatal(err)
	}
	a.supervisor = supervisor
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	n := &node{app: a, redis: redis, mc: mc, logs: logs, stop: sync.OnceValue(func() error {
		cancel()
		return <-ended
	})}
	t.Cleanup(func() {
		if err := n.stop(); err != nil {
			t.Errorf("the node ended with %v", err)
		}
		mc.Close()
	})
	return n
}

func (n *node) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := http.Get("http://" + n.admin.Addr().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); !happened(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited 20s for %s", what)
		}
	}
}

// TestNode goes through the life of a node: not ready without Redis, ready with it, counting and logging what
// it refuses with the number masked, and draining.
func TestNode(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	redis.HSet("geo:account:acme", "home", "GB")
	redis.SetError("LOADING Redis is loading the dataset in memory")
	n := startNode(t, redis)
	if code, body := n.get(t, "/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "no policy") {
		t.Errorf("without Redis: %d %s", code, body)
	}
	redis.SetError("")
	until(t, "the node to be ready", func() bool { code, _ := n.get(t, "/readyz"); return code == http.StatusOK })
	if code, _ := n.get(t, "/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	esme, err := smpptest.Dial(ctx, n.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer esme.Close()
	esme.AnswerAll()
	if st, err := esme.Bind(ctx, smpp.IDBindTransceiver, "acme", "secret"); err != nil || st != smpp.ESME_ROK {
		t.Fatal(st, err)
	}
	for to, want := range map[string]smpp.Status{"447400123456": smpp.ESME_ROK, "4915123456789": smpp.ESME_RINVDSTADR} {
		if st, _, err := esme.SubmitTo(ctx, to, "hello"); err != nil || st != want {
			t.Errorf("%s: %v, %v", to, st, err)
		}
	}
	n.checkMetrics(t)
	n.checkLog(t)

	if err := n.stop(); err != nil {
		t.Error(err)
	}
	select {
	case <-esme.Done():
	case <-time.After(20 * time.Second): // not ctx: what came before has spent some of its time
		t.Error("the ESME's session outlives the node")
	}
}

var octetsCounted = regexp.MustCompile(`geogate_octets_total\{direction="from_esme"\} [1-9]`)

func (n *node) checkMetrics(t *testing.T) {
	t.Helper()
	until(t, "a batch to be timed", func() bool { // it is told of behind its answer
		_, text := n.get(t, "/metrics")
		return strings.Contains(text, "geogate_added_latency_seconds_count 1\n")
	})
	_, text := n.get(t, "/metrics")
	for _, want := range []string{
		`geogate_decisions_total{reason="rule_region",verdict="forward"} 1`,
		`geogate_decisions_total{reason="default",verdict="refuse"} 1`,
		`geogate_regions_total{region="DE",verdict="refuse"} 1`,
		`geogate_binds_total{status="ESME_ROK"} 1`,
		`geogate_sessions 1`, `geogate_policy_accounts 1`, `geogate_policy_faults 0`,
		`geogate_account_decisions_total{account="acme",reason="rule_region",verdict="forward"} 1`,
		`geogate_account_decisions_total{account="acme",reason="default",verdict="refuse"} 1`,
		`geogate_bound_sessions{state="BOUND_TRX"} 1`, `geogate_in_flight 0`,
		`geogate_added_latency_seconds_count 1`, `geogate_decision_seconds_count 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("the metrics do not say %s", want)
		}
	}
	if problems, err := testutil.GatherAndLint(n.metrics.registry); err != nil || len(problems) > 0 {
		t.Errorf("metrics that Prometheus would not name so: %v, %v", problems, err)
	}
	if !octetsCounted.MatchString(text) {
		t.Error("the octets are not counted")
	}
	if strings.Contains(text, "4915123456789") {
		t.Error("a number is in the metrics")
	}
}

func (n *node) checkLog(t *testing.T) {
	t.Helper()
	refused := n.logs.FilterMessage("refused").All()
	if len(refused) != 1 || refused[0].ContextMap()["number"] != "+49151******89" || refused[0].ContextMap()["reason"] != "default" {
		t.Errorf("the refusals are logged as %v", refused)
	}
	for _, entry := range n.logs.All() {
		if line := fmt.Sprint(entry.Message, entry.ContextMap()); strings.Contains(line, "15123456789") || strings.Contains(line, "secret") {
			t.Errorf("a number or a password is in the log: %s", line)
		}
	}
}

// TestAddressInUse names what cannot be listened on.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	n := startNode(t, miniredis.RunT(t))
	c := config.Default()
	c.Upstream.Addresses = []config.Address{{Addr: "127.0.0.1:1"}}
	c.Listen = n.addr()
	if _, err := newApp(c, zap.NewNop()); err == nil || !strings.Contains(err.Error(), "listen") {
		t.Errorf("a second node on one port: %v", err)
	}
}

// TestConformanceE34Held starts without Redis and without a snapshot. Who binds is held for policy.wait: let in when the
// policy comes in time, and refused when it does not. /readyz says 503 until there is one.
func TestConformanceE34Held(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wait  time.Duration
		comes bool
		want  smpp.Status
	}{
		"held, and let in": {time.Hour, true, smpp.ESME_ROK}, "held, and refused": {time.Second, false, smpp.ESME_RSYSERR},
		"refused at once": {0, false, smpp.ESME_RSYSERR},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := miniredis.RunT(t)
			redis.HSet("geo:account:acme", "home", "GB")
			redis.SetError("LOADING Redis is loading the dataset in memory")
			began := time.Now()
			n := startNode(t, redis, func(c *config.Config) { c.Policy.Wait = test.wait })
			esme, err := smpptest.Dial(t.Context(), n.addr())
			if err != nil {
				t.Fatal(err)
			}
			defer esme.Close()
			answer := make(chan smpp.Status, 1)
			go func() {
				st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "acme", "secret")
				if err != nil {
					t.Error(err)
				}
				answer <- st
			}()
			until(t, "the failure to be noticed", func() bool { return n.store.Status().Failures > 1 })
			if code, _ := n.get(t, "/readyz"); code != http.StatusServiceUnavailable {
				t.Errorf("readyz says %d", code)
			}
			if test.comes {
				select {
				case st := <-answer:
					t.Fatalf("answered %s before there was a policy", st)
				default:
				}
				redis.SetError("")
			}
			if st := <-answer; st != test.want {
				t.Errorf("answered %s, want %s", st, test.want)
			}
			if took := time.Since(began); !test.comes && took < test.wait {
				t.Errorf("answered after %s", took)
			}
		})
	}
}
