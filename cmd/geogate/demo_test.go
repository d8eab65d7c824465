package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// TestDemo runs the demonstration as `make demo` does.
func TestDemo(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	code := run(context.Background(), []string{"demo", "--once"}, &world{in: strings.NewReader(""), out: &out, err: &errs, now: time.Now})
	if code != exitOK || strings.Contains(out.String(), "NOT AS EXPECTED") || !strings.Contains(out.String(), "Brazil") {
		t.Errorf("exit %d\n%s%s", code, out.String(), errs.String())
	}
}

// TestConfigVerbs checks and shows.
func TestConfigVerbs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitOK, "the configuration is right", []string{"config", "check", "-c", "../../deploy/geogate.yaml"}},
		{exitOK, "listen: 127.0.0.1:2775", []string{"config", "show", "-c", "../../deploy/geogate.yaml"}},
		{exitError, "did you mean listen?", []string{"config", "check", "-c", "../../config/testdata/everything-wrong.yaml"}},
		{exitError, "no message centre", []string{"serve"}},
		{exitOK, "geogate ", []string{"version"}},
		{exitOK, "geogate ", []string{"--version"}},
		{exitOK, "Usage: geogate", []string{"--help"}},
		{exitError, "unexpected argument", []string{"no-such-verb"}},
	} {
		var out bytes.Buffer
		code := run(context.Background(), c.args, &world{in: strings.NewReader(""), out: &out, err: &out, now: time.Now})
		if code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("geogate %s: exit %d\n%s", strings.Join(c.args, " "), code, out.String())
		}
	}
}
