// Command esmeload is an ESME by the thousand: it sends messages over many binds, in a closed loop or at a
// rate, and checks that every one got exactly one answer, with its sequence number and the status that the
// mix expects, and that the message centre received the very bytes.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitRight = 0 // everything was as expected
	exitWrong = 1 // it ran, and something was not
	exitError = 2 // bad flags, or the load could not start
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program. When ctx ends it stops sending, waits for what is in flight and reports.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags, code := parse(args, stdout, stderr)
	if flags == nil {
		return code
	}
	report, err := flags.load(ctx, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "esmeload:", err)
		return exitError
	}
	report.print(stdout, flags.JSON)
	if !report.OK {
		return exitWrong
	}
	return exitRight
}
