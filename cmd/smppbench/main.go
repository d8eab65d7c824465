// Command smppbench compares Geogate with what else could stand in front of a message centre, side by side in
// one run: nothing, HAProxy in TCP mode, a Go program that copies bytes, and a proxy that decodes and encodes
// every PDU with go-smpp; Geogate and HAProxy over TLS, too. esmeload makes the load, is the message centre too,
// and checks every answer and every octet that arrives: a figure of a run in which anything was wrong does not
// count. smppbench scale measures Geogate alone, with many sessions, accounts and rules.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// cli is the command line. copy and decode are the two proxies that the comparison starts from this program.
type cli struct {
	Run    runCmd    `cmd:"" default:"withargs" help:"Compare."`
	Scale  scaleCmd  `cmd:"" help:"Measure Geogate alone, with many sessions, accounts and rules."`
	Copy   copyCmd   `cmd:"" help:"A proxy that copies bytes."`
	Decode decodeCmd `cmd:"" help:"A proxy that decodes and encodes every PDU with go-smpp."`
}

// runCmd is the comparison.
type runCmd struct {
	Rounds   int           `default:"5" help:"Runs of each case; the median counts (${default})."`
	Further  int           `default:"10" help:"Runs more of those that the bars are about, nothing in between, HAProxy and Geogate (${default})."`
	Duration time.Duration `default:"2s" help:"Of one run (${default})."`
	Points   []string      `default:"${points}" help:"Closed loops, as BINDSxWINDOW (${default})."`
	Rates    []int         `default:"1000,10000,50000" help:"Open loops over ${open_binds} binds, in messages a second (${default})."`
	Refusing []string      `default:"${refusing}" help:"Closed loops of which ${refused} % is refused, for Geogate alone (${default})."`
	Subjects []string      `default:"${subjects}" help:"What to compare (${default})."`
	Out      string        `default:"." type:"path" help:"Folder for bench.json, bench.md and the plots."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "smppbench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c cli
	parser, err := kong.New(&c, kong.Name("smppbench"), kong.Writers(stdout, stderr),
		kong.Description("Compares Geogate with other proxies side by side, every answer and every octet checked."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(stdout, (*io.Writer)(nil)), usual)
	if err != nil {
		panic(err) // the struct above is wrong
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return parsed.Run()
}

// Run compares, prints the tables and writes them with the plots to a folder.
func (c *runCmd) Run(ctx context.Context, stdout io.Writer) error {
	cases, err := c.cases()
	if err != nil {
		return err
	}
	b, err := newBench(c.Duration)
	if err != nil {
		return err
	}
	defer b.close()
	for _, name := range c.Subjects {
		if err := b.start(ctx, name); err != nil {
			return err
		}
	}
	results, err := b.compare(ctx, cases, c.Rounds, c.Further)
	if err != nil {
		return err
	}
	r := newReport(c, b, results)
	if err := errors.Join(r.write(c.Out), r.plot(c.Out)); err != nil {
		return err
	}
	return r.markdown(stdout)
}
