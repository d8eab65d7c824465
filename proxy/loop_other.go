//go:build !linux

package proxy

// loops would be event loops; without epoll every session keeps its goroutines.
type loops struct{}

type loop struct{}

func (*loops) pick() *loop { return nil }
func (*loops) stop()       {}
func (*loop) join(*flow)   {}
func (*loop) leave(*flow)  {}
func (*loop) letGo(*flow)  {}
func (*loop) clear()       {}
func (*loop) lend(*pair)   {}
