package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const example = "../deploy/geogate.yaml"

// TestExample holds the example to what it says: every setting is there, at its default.
func TestExample(t *testing.T) {
	t.Parallel()
	c, err := Load(example, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Upstream.Addresses = []Address{{Addr: "127.0.0.1:2777"}}
	want.Upstreams["premium"] = &Upstream{Addresses: []Address{
		{"127.0.0.1:2778", 3}, {"127.0.0.1:2779", 1}, {Addr: "127.0.0.1:2780"},
	}}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("the example reads as\n%+v, the defaults are\n%+v", c, want)
	}
	file, err := fileLayer(example)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if _, ok := file.values[f.path]; !ok {
			t.Errorf("the example does not show %s", f.path)
		}
	}
}

func TestConformanceF46AllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	const file = "testdata/everything-wrong.yaml"
	_, err := Load(file, []string{"GEOGATE_LISTN=x", "GEOGATE_LOG_FORMAT=xml", "GEOGATE_TEST_ALL=1", "PATH=/"},
		map[string]string{"redis.poll_every": "1h"})
	if err == nil {
		t.Fatal("no fault was found")
	}
	for _, want := range []string{
		file + `:1: listen: "nowhere" is not HOST:PORT`,
		file + ":2: lisen: there is no such setting; did you mean listen?",
		file + `:3: upstream: "127.0.0.1" is not HOST:PORT`,
		file + ":5: redis.url: not a Redis URL",
		file + ":6: redis.prefx: there is no such setting; did you mean redis.prefix?",
		file + ":7: redis.idle: soon is not a time from 100ms to 1m0s",
		file + ":8: redis.max_drop: 2 is not a share from 0 to 1",
		file + ":10: timers.drain: -1s is not a time",
		file + ":12: limits.max_pdu: 12 is not a whole number from 1024",
		file + `:14: log.level: "loud" is none of debug, info, warn, error`,
		file + ":15: status_text: perhaps is not true or false",
		"GEOGATE_LISTN: environment: no setting has this name; did you mean GEOGATE_LISTEN?",
		`GEOGATE_LOG_FORMAT: log.format: "xml" is none of json, console`,
		"--redis-poll-every: redis.poll_every: 1h is not a time",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the faults do not name %q", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

// TestFaultsInOrder tells each fault once, at its line and in the file's order, and no fault that only follows from
// another one.
func TestFaultsInOrder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "geogate.yaml")
	text := "timers:\n  drain: -1s\nlisten: nowhere\naccounts: {acme: {FR: allow, DE: allow}}\nredis: {something_else: 1}\n" +
		"upstreams:\n  b: {zzzzzzzzzzzzzzzzzzzzzz: 1, addresses: x}\nlisteners:\n  a: {reuse_port: true}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(file, nil, map[string]string{"upstream": "x"})
	got := strings.Split(strings.ReplaceAll(err.Error(), file, "file"), "\n")
	want := []string{
		"file:2: timers.drain: -1s is not",
		`file:3: listen: "nowhere" is not HOST:PORT`,
		"file:4: accounts: there is no such setting; there are admin, api, limits, listen, listeners, log,",
		"file:5: redis.something_else: there is no such setting; there are full_pass, idle,",
		`file:7: upstreams.b.addresses: "x" is not HOST:PORT`,
		"file:7: upstreams.b.zzzzzzzzzzzzzzzzzzzzzz: there is no such setting; there are addresses, tls",
		`--upstream: upstream: "x" is not HOST:PORT`,
		"file:9: listeners.a.address: HOST:PORT is needed",
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !strings.HasPrefix(got[i], want[i]) {
			t.Fatalf("fault %d is not as wanted:\n%s\nwant\n%s", i, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"testdata/not-yaml.yaml": "testdata/not-yaml.yaml: ", "testdata/no-such.yaml": "no such file", "": "no message centre",
	} {
		if _, err := Load(file, nil, nil); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q and no more", file, err, want)
		}
	}
}

// TestLayers lets the environment override the file, and flags both.
func TestLayers(t *testing.T) {
	t.Parallel()
	c, err := Load(example,
		[]string{"GEOGATE_LISTEN=127.0.0.1:1", "GEOGATE_REDIS_PREFIX=env:", "GEOGATE_UPSTREAM=127.0.0.1:3, 127.0.0.1:4"},
		map[string]string{"redis.prefix": "flag:", "timers.drain": "3s"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:1" || c.Redis.Prefix != "flag:" || c.Timers.Drain != 3*time.Second || len(c.Upstream.Addresses) != 2 {
		t.Errorf("the layers make %+v", c)
	}
}

// TestShow writes a configuration that reads as the same one, but for its password.
func TestShow(t *testing.T) {
	t.Parallel()
	c, err := Load(example, []string{"GEOGATE_REDIS_URL=redis://geogate:hunter2@127.0.0.1:6379"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter2") {
		t.Errorf("the password is shown:\n%s", text)
	}
	file := t.TempDir() + "/shown.yaml"
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Load(file, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	again.Redis.URL = c.Redis.URL
	if !reflect.DeepEqual(again, c) {
		t.Errorf("shown\n%s\nand read as %+v, was %+v", text, again, c)
	}
}
