package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
)

// watched is a value that is read from files, and read again when one of them is another one. What cannot be
// read leaves the last good value.
type watched[T any] struct {
	files []string
	read  func() (T, error)
	warn  func(error) // told of a change that cannot be used, once

	mu    sync.Mutex
	seen  []os.FileInfo // of the last good value; nil: there was none
	value T
	told  string
}

// get returns the value. The error is nil once there was a good one.
func (w *watched[T]) get() (T, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, err := w.stat()
	if err == nil && w.seen != nil && same(w.seen, now) {
		return w.value, nil
	}
	var value T
	if err == nil {
		value, err = w.read()
	}
	switch {
	case err == nil:
		w.value, w.seen, w.told = value, now, ""
	case w.seen == nil:
		return w.value, err
	case w.told != err.Error():
		w.told = err.Error()
		w.warn(err)
	}
	return w.value, nil
}

// stat looks at the files before they are read: a change in between is found the next time.
func (w *watched[T]) stat() ([]os.FileInfo, error) {
	infos := make([]os.FileInfo, 0, len(w.files))
	for _, path := range w.files {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

func same(a, b []os.FileInfo) bool {
	for i := range a {
		if !os.SameFile(a[i], b[i]) || !a[i].ModTime().Equal(b[i].ModTime()) || a[i].Size() != b[i].Size() {
			return false
		}
	}
	return true
}

// Client returns what gives the TLS settings of one connection to the message centre after the other; nil when
// TLS is off. The files are looked at each time. warn is told of changed files that cannot be used: the last
// good ones stay.
func (t UpstreamTLS) Client(warn func(error)) func() (*tls.Config, error) {
	if !t.On {
		return nil
	}
	w := &watched[*tls.Config]{files: t.files(), read: t.read, warn: warn}
	return w.get
}

func (t UpstreamTLS) files() []string {
	var list []string
	for _, path := range []string{t.Roots, t.Certificate, t.Key} {
		if path != "" {
			list = append(list, path)
		}
	}
	return list
}

func (t UpstreamTLS) read() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName, InsecureSkipVerify: t.Insecure}
	if t.Roots != "" {
		roots, err := readRoots(t.Roots)
		if err != nil {
			return nil, err
		}
		c.RootCAs = roots
	}
	if t.Certificate != "" {
		own, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
		if err != nil {
			return nil, fmt.Errorf("certificate %s with key %s: %w", t.Certificate, t.Key, err)
		}
		c.Certificates = []tls.Certificate{own}
	}
	return c, nil
}

// readRoots reads the authorities of a PEM file.
func readRoots(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM: -----BEGIN CERTIFICATE----- is needed", path)
	}
	return pool, nil
}

// rootsFile finds a file without authorities while its line is still known.
func rootsFile(path string) error {
	_, err := readRoots(path)
	return err
}
