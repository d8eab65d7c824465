package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// haproxyConfig is HAProxy as one would put it in front of a message centre: TCP mode, nothing looked at, a thread
// for each CPU, and the rest as it comes: buffers of 16 KiB (tune.bufsize), TCP_NODELAY. Only the cipher of TLS is
// set, to that which Geogate and the load agree on.
const haproxyConfig = `global
  maxconn 5000
  nbthread %d
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
defaults
  mode tcp
  timeout connect 5s
  timeout client 10m
  timeout server 10m
listen smpp
  bind %s
  server mc %s
`

func (b *bench) startHAProxy(s *subject) error {
	bind := s.addr
	if s.tls {
		bind += " ssl crt " + b.certificate.both
	}
	file := filepath.Join(b.dir, s.name+".cfg")
	if err := os.WriteFile(file, fmt.Appendf(nil, haproxyConfig, runtime.NumCPU(), bind, b.centre), 0o600); err != nil {
		return err
	}
	return b.run(s, "haproxy", nil, "-db", "-f", file)
}

// haproxyVersion is the one that is installed; empty: none.
func haproxyVersion() string {
	out, err := exec.Command("haproxy", "-v").Output()
	words := strings.Fields(string(out))
	if err != nil || len(words) < 3 {
		return ""
	}
	return words[2] // HAProxy version 2.6.12-1+deb12u4 2026/10/17
}
