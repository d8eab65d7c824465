// Command smscsim is a message centre for tests and demos. It takes binds, answers messages as its flags say,
// rightly or wrongly, sends receipts, and can record every frame it receives. It knows nothing of
// permissions.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"geogate/smpp/smpptest"
)

// Exit codes.
const (
	exitOK    = 0
	exitError = 2 // bad flags, or an address or file that cannot be used
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run serves until ctx ends and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags, code := parse(args, stdout, stderr)
	if flags == nil {
		return code
	}
	if err := flags.serve(ctx, stdout); err != nil {
		fmt.Fprintln(stderr, "smscsim:", err)
		return exitError
	}
	return exitOK
}

func (f *flags) serve(ctx context.Context, stdout io.Writer) error {
	opts := f.options()
	if f.Record == "" {
		return f.serveMC(ctx, stdout, opts)
	}
	recorder, err := newRecorder(f.Record)
	if err != nil {
		return err
	}
	opts.Tap = recorder
	return errors.Join(f.serveMC(ctx, stdout, opts), recorder.close())
}

func (f *flags) serveMC(ctx context.Context, stdout io.Writer, opts smpptest.MCOptions) error {
	mc, err := smpptest.StartMC(opts)
	if err != nil {
		return err
	}
	printAddress(stdout, mc.Addr(), f.JSON)
	<-ctx.Done()
	err = mc.Close()
	printSummary(stdout, mc.Stats(), f.JSON)
	return err
}
