//go:build race

package proxy

// crowd is how many ESMEs return at once: the race detector itself fails now and then when a thousand do within a
// synctest bubble.
const crowd = 50
