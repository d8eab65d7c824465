// Command geogate is the inline SMPP proxy and every tool to run it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // before anybody sees the first one work: a second ends the process at once, as without a handler
		cancel()
	}()
	os.Exit(run(ctx, os.Args[1:], &world{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ(), now: time.Now,
	}))
}
