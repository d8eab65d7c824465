package main

import (
	"context"
	"io"
	"net"
	"sync"
)

// copyCmd is the simplest proxy that Go can be: two io.Copy a connection, spliced by the kernel.
type copyCmd struct {
	Listen string `required:"" help:"Where to listen."`
	To     string `required:"" help:"Where to connect to."`
}

// Run serves until ctx ends.
func (c *copyCmd) Run(ctx context.Context) error { return serve(ctx, c.Listen, c.To, io.Copy) }

// direction hands on what comes from src until it ends.
type direction func(dst io.Writer, src io.Reader) (int64, error)

// serve pairs each connection with one to another address.
func serve(ctx context.Context, listen, to string, pass direction) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		go join(conn, to, pass)
	}
}

func join(a net.Conn, to string, pass direction) {
	defer a.Close()
	b, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer b.Close()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Go(func() {
			_, _ = pass(way[0], way[1]) // how it ended is the peers' affair
			way[0].(*net.TCPConn).CloseWrite()
		})
	}
	both.Wait()
}
