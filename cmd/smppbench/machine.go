package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// machine is where and with what it was measured.
type machine struct {
	Date    string `json:"date"`
	CPU     string `json:"cpu"`
	CPUs    int    `json:"cpus"`
	Kernel  string `json:"kernel"`
	Go      string `json:"go"`
	HAProxy string `json:"haproxy,omitempty"`
}

func thisMachine() machine {
	return machine{
		Date: time.Now().UTC().Format(time.DateOnly), CPU: cpuModel(), CPUs: runtime.NumCPU(),
		Kernel: kernel(), Go: runtime.Version(), HAProxy: haproxyVersion(),
	}
}

func (m machine) String() string {
	text := fmt.Sprintf("%s, %d CPUs (%s), %s, %s", m.Date, m.CPUs, m.CPU, m.Kernel, m.Go)
	if m.HAProxy != "" {
		text += ", HAProxy " + m.HAProxy
	}
	return text
}

func cpuModel() string {
	info, _ := os.ReadFile("/proc/cpuinfo") // unknown where there is none
	for line := range strings.Lines(string(info)) {
		if name, model, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(model)
		}
	}
	return "unknown"
}

func kernel() string {
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return strings.TrimSpace("Linux " + string(release))
}
