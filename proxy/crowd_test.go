//go:build !race

package proxy

// crowd is how many ESMEs return at once.
const crowd = 1000
