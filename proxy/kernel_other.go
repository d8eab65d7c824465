//go:build !linux

package proxy

import "syscall"

func recvNow(fd int, b []byte) (int, error) { return syscall.Read(fd, b) }

func sendNow(fd int, b []byte) (int, error) { return syscall.Write(fd, b) }
