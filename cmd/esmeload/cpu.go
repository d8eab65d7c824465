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

// settle notes that a link has sent everything and waits for no answer, or has ended. All links unbind together, behind
// the last of them: what a run costs is then the messages' alone. Called with the link's mu.
func (k *link) settle() {
	if k.settled {
		return
	}
	k.settled = true
	if l := k.load; l.unsettled.Add(-1) == 0 {
		l.cpuAfter, l.cpuErr = cpuTime(l.flags.CPUOf)
		close(l.allSettled)
	}
}
