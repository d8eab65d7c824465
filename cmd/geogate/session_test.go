package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSession plays what operators type, and compares what they see with a golden file: testdata/session.txt
// holds the commands, testdata/session.golden all that they print.
func TestSession(t *testing.T) {
	t.Setenv("SUDO_USER", "")
	t.Setenv("USER", "alice")
	d := newDesk(t)
	text, err := os.ReadFile("testdata/session.txt")
	if err != nil {
		t.Fatal(err)
	}
	var seen strings.Builder
	for line := range strings.Lines(string(text)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
		if !ok {
			t.Fatalf("%q is no command", line)
		}
		r := d.run("", words(command)...)
		fmt.Fprintf(&seen, "$ geogate %s\n%s%s[exit %d]\n\n", command, r.out, r.err, r.code)
	}
	golden(t, "session.golden", strings.ReplaceAll(seen.String(), d.addr, "REDIS"))
}

var word = regexp.MustCompile(`"([^"]*)"|\S+`)

// words splits a command as a shell does, as far as the session needs it.
func words(command string) []string {
	var list []string
	for _, m := range word.FindAllStringSubmatch(command, -1) {
		if m[1] != "" {
			list = append(list, m[1])
		} else {
			list = append(list, m[0])
		}
	}
	return list
}
