//go:build !linux

package main

import (
	"errors"
	"net"
	"syscall"
)

var errNoReusePort = errors.New("reuse_port is for Linux: leave it out here")

func reusePort(string, string, syscall.RawConn) error { return errNoReusePort }

func keepOutNew(net.Listener) error { return errNoReusePort }
