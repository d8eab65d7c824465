// Package e2e runs the real programs as their users do: geogate, smscsim and esmeload as processes, a real
// redis-server, Kannel, and the npm smpp client. It holds tests only.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// programs is the folder of the binaries under test, built once for all tests.
var programs string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "geogate-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "geogate/cmd/...")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "building the programs:", err)
		return 2
	}
	programs = dir
	return m.Run()
}

// program is the path of one of our own binaries.
func program(name string) string { return filepath.Join(programs, name) }

// need skips the test when command is missing, naming what installs it; under GEOGATE_TEST_ALL a skip is a
// failure.
func need(t *testing.T, command, cure string) string {
	t.Helper()
	path, err := exec.LookPath(command)
	if err == nil {
		return path
	}
	missing(t, fmt.Sprintf("%s is not installed: %s", command, cure))
	return ""
}

func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("GEOGATE_TEST_ALL") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}
