package config

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTake changes one setting after the other: each is taken, or named as waiting.
func TestTake(t *testing.T) {
	t.Parallel()
	restart := []string{"listen", "listeners", "admin", "redis.", "record.", "api.", "policy.fail", "policy.max_staleness", "policy.wait", "log.format"}
	running := Default()
	others := map[string]any{
		"listen": "127.0.0.1:1", "admin": "", "upstream": "a:1", "redis.url": "redis://other", "redis.snapshot": "/a",
		"redis.prefix": "x:", "redis.max_drop": 0.5, "policy.unknown_account": "bind", "policy.fail": "closed",
		"log.level": "debug", "log.format": "console", "status_text": true, "limits.exempt": "192.0.2.0/24",
		"record.directory": "/b", "api.listen": "127.0.0.1:2", "api.tls.certificate": "/c", "api.tls.key": "/d",
		"api.plaintext": true, "api.proxy_protocol": "192.0.2.0/24", "record.node": "n2", "record.stream": "geogate:record", "record.sample": "1/5",
	}
	for _, f := range fields {
		next := Default()
		value, ok := others[f.path]
		switch shown := f.show(next).(type) {
		case int:
			value, ok = shown+2000, true
		case string:
			if d, err := time.ParseDuration(shown); err == nil && !ok {
				value, ok = (d + time.Second).String(), true
			}
		}
		if err := f.set(next, value); err != nil || !ok {
			t.Fatalf("%s: %v", f.path, err)
		}
		taken, waiting := running.Take(next)
		if needs := slices.ContainsFunc(restart, func(p string) bool { return strings.HasPrefix(f.path, p) }); needs {
			if !slices.Equal(waiting, []string{f.path}) || len(Changed(running, taken)) != 0 {
				t.Errorf("%s: taken %v, waiting %v", f.path, Changed(running, taken), waiting)
			}
		} else if len(waiting) != 0 || !slices.Equal(Changed(running, taken), []string{f.path}) {
			t.Errorf("%s: taken %v, waiting %v", f.path, Changed(running, taken), waiting)
		}
	}
	next := Default()
	next.Listeners["x"], next.Upstreams["y"] = &Listener{Address: "a:1"}, &Upstream{}
	taken, waiting := running.Take(next)
	if !slices.Equal(waiting, []string{"listeners"}) || len(taken.Upstreams) != 1 || len(taken.Listeners) != 0 {
		t.Errorf("named ones: waiting %v, taken %+v", waiting, taken)
	}
}
