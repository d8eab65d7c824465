package main

import (
	"bytes"
	"context"
	goflag "flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
)

var update = goflag.Bool("update", false, "write the golden files anew")

// noon is the time of every test that asks for one.
var noon = time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC)

// desk is where an operator sits: a Redis, and the program without its process.
type desk struct {
	t     *testing.T
	redis *miniredis.Miniredis
	addr  string // of redis, also once it is closed
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	r := miniredis.RunT(t)
	r.SetTime(noon)
	return &desk{t, r, r.Addr()}
}

// result is what a command left behind.
type result struct {
	code     int
	out, err string
}

// run runs one command against the desk's Redis, with a text as standard input.
func (d *desk) run(stdin string, args ...string) result {
	d.t.Helper()
	return d.runOn(strings.NewReader(stdin), args...)
}

func (d *desk) runOn(stdin io.Reader, args ...string) result {
	d.t.Helper()
	var out, err bytes.Buffer
	w := &world{in: stdin, out: &out, err: &err, now: func() time.Time { return noon }}
	code := run(context.Background(), d.withRedis(args), w)
	return result{code, out.String(), err.String()}
}

// withRedis names the desk's Redis to the verbs that have one.
func (d *desk) withRedis(args []string) []string {
	without := map[string]bool{"number": true, "send": true, "probe": true, "audit": true, "version": true, "--help": true}
	if without[args[0]] {
		return args
	}
	return append(args[:len(args):len(args)], "--redis", "redis://"+d.addr)
}

// must runs a command that has to succeed and returns what it printed.
func (d *desk) must(args ...string) string {
	d.t.Helper()
	r := d.run("", args...)
	if r.code != exitOK {
		d.t.Fatalf("geogate %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// refused runs a command that has to fail without changing anything, and returns what it said.
func (d *desk) refused(args ...string) string {
	d.t.Helper()
	before := d.redis.Dump()
	r := d.run("", args...)
	if r.code != exitError {
		d.t.Fatalf("geogate %s: exit %d, want %d\n%s%s", strings.Join(args, " "), r.code, exitError, r.out, r.err)
	}
	if after := d.redis.Dump(); after != before {
		d.t.Fatalf("geogate %s: failed and changed Redis\n%s", strings.Join(args, " "), after)
	}
	return r.err
}

// want checks that a text holds all of the others.
func want(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	known, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(known) {
		t.Errorf("%s differs; go test -update writes it anew. Got:\n%s", file, text)
	}
}
