package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"

	"geogate/config"
	"geogate/smpp"
	"geogate/smpp/smpptest"
)

// TestConformanceF41Reload changes the file of a running node: what can change does for the sessions to come, and
// those that live keep what they have; the rest is named; a bad file changes nothing and says why.
func TestConformanceF41Reload(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	redis.HSet("geo:account:acme", "home", "GB")
	other, err := smpptest.StartMC(smpptest.MCOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	file := filepath.Join(t.TempDir(), "geogate.yaml")
	level := zap.NewAtomicLevelAt(zap.InfoLevel)
	n := startNode(t, redis)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	running := n.cfg.Load()
	fixed := map[string]string{"listen": running.Listen, "admin": running.Admin, "redis.url": running.Redis.URL.Reveal(),
		"redis.poll_every": running.Redis.PollEvery.String()}
	t.Cleanup(n.followChanges(&reloader{file: file, level: level,
		load: func() (*config.Config, error) { return config.Load(file, nil, fixed) }}))
	until(t, "the policy", func() bool { return n.store.Policy() != nil })
	bind := func() *smpptest.ESME {
		t.Helper()
		esme, err := smpptest.Dial(t.Context(), n.addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { esme.Close() })
		if st, err := esme.Bind(t.Context(), smpp.IDBindTransceiver, "acme", ""); st != smpp.ESME_ROK || err != nil {
			t.Fatal(st, err)
		}
		return esme
	}
	first := bind()

	write(fmt.Sprintf("upstream: [%s]\nlog: {level: debug, format: console}\nredis: {prefix: 'other:'}\n", other.Addr()))
	until(t, "the change", func() bool { return n.logs.FilterMessageSnippet("need a restart").Len() == 1 })
	if got := fmt.Sprint(n.logs.FilterMessageSnippet("need a restart").All()[0].ContextMap()); got != "map[settings:[redis.prefix log.format]]" {
		t.Errorf("what needs a restart is told as %s", got)
	}
	if level.Level() != zap.DebugLevel {
		t.Error("the level is", level)
	}
	second := bind()
	for esme, mc := range map[*smpptest.ESME]*smpptest.MC{first: n.mc, second: other} {
		if st, _, err := esme.SubmitTo(t.Context(), "447400123456", "hello"); st != smpp.ESME_ROK || err != nil {
			t.Error(st, err)
		}
		if got := mc.Stats().Sessions; got != 1 {
			t.Errorf("%d sessions at a message centre", got)
		}
	}

	write(fmt.Sprintf("upstream: [%s]\nlimits: {max_tps: 10}\n", other.Addr()))
	until(t, "the limit", func() bool { return n.cfg.Load().Limits.MaxTPS == 10 })
	fast := bind()
	throttled := 0
	for range 20 {
		if st, _, err := fast.SubmitTo(t.Context(), "447400123456", "hello"); err != nil {
			t.Fatal(err)
		} else if st == smpp.ESME_RTHROTTLED {
			throttled++
		}
	}
	if throttled == 0 {
		t.Error("20 messages at once at 10 a second, and none is throttled")
	}

	write("upstream: [nowhere]\n")
	until(t, "the fault", func() bool { return n.logs.FilterMessageSnippet("nothing was changed").Len() == 1 })
	if got := fmt.Sprint(n.logs.FilterMessageSnippet("nothing was changed").All()[0].ContextMap()); !strings.Contains(got, "geogate.yaml:1: upstream") {
		t.Errorf("the fault is told as %s", got)
	}
	bind()
	if got := testutil.ToFloat64(n.metrics.misread); got != 1 {
		t.Errorf("%v failed reloads counted", got)
	}
}
