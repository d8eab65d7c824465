//go:build race

package proxy

// racing: the race detector is built in.
const racing = true
