package main

import (
	"fmt"

	"github.com/prometheus/procfs"
)

// cpuTime is how long a process has computed so far, in seconds; 0 for no process.
func cpuTime(pid int) (float64, error) {
	if pid == 0 {
		return 0, nil
	}
	process, err := procfs.NewProc(pid)
	if err != nil {
		return 0, fmt.Errorf("--cpu-of %d: %w", pid, err)
	}
	stat, err := process.Stat()
	if err != nil {
		return 0, fmt.Errorf("--cpu-of %d: %w", pid, err)
	}
	return stat.CPUTime(), nil
}
