package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// FuzzLoad reads any file under any setting of the environment. What is read without a fault is shown as a
// file that reads as the same; what is not has a fault that says something; a name that is no setting's is
// never taken.
func FuzzLoad(f *testing.F) {
	for _, path := range []string{example, "testdata/everything-wrong.yaml", "testdata/not-yaml.yaml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "LISTEN", "127.0.0.1:2775")
	}
	f.Add([]byte("redis: {url: \"redis://:hunter2@h\"}\nlimits: {max_pdu: 0x2000}"), "TIMERS_DRAIN", "5s")
	f.Add([]byte("upstreams: {a.b: [\"h:1 weight=2\"]}"), "STATUS_TEXT", "true")
	f.Add([]byte("a: &a {b: *a}\n"), "X", "")
	file := filepath.Join(f.TempDir(), "geogate.yaml")
	f.Fuzz(func(t *testing.T, text []byte, name, value string) {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(file, []string{Prefix + name + "=" + value}, nil)
		if err != nil {
			if len(err.Error()) == 0 {
				t.Fatal("a fault that says nothing")
			}
			return
		}
		shown, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, shown, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := Load(file, nil, nil)
		if err != nil {
			t.Fatalf("what is shown cannot be read: %v\n%s", err, shown)
		}
		once, err := again.YAML()
		if err != nil || !bytes.Equal(shown, once) {
			t.Fatalf("shown as\n%s\nwhich reads as\n%s%v", shown, once, err)
		}
		if !reflect.DeepEqual(c.Timers, again.Timers) {
			t.Fatalf("timers %+v, read again %+v", c.Timers, again.Timers)
		}
	})
}
