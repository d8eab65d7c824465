package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/alecthomas/kong"
)

// world is what the verbs see of the outside, so that tests can hand them another one.
type world struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
	now      func() time.Time
}

// cli is the command line: one field a verb, each in a file of its own name.
type cli struct {
	Serve  serveCmd  `cmd:"" help:"Run the proxy."`
	Demo   demoCmd   `cmd:"" help:"Show all of it on embedded defaults, no set-up needed."`
	Config configCmd `cmd:"" help:"Check or show the configuration."`
	Number numberCmd `cmd:"" help:"What the dial plan and the numbering plan make of a destination."`
	Check  checkCmd  `cmd:"" help:"What would become of a message, by the engine that the proxy runs."`
	Send   sendCmd   `cmd:"" help:"Send one message as an ESME, and explain the answer."`
	Probe  probeCmd  `cmd:"" help:"Play bad and unusual input against an SMPP server, and hold the answers against SMPP 3.4."`

	Account  accountCmd  `cmd:"" group:"policy" help:"Create, change and show accounts."`
	Allow    allowCmd    `cmd:"" group:"policy" help:"Open regions, ranges or numbers: geogate allow acme FR DE"`
	Block    blockCmd    `cmd:"" group:"policy" help:"Close them."`
	Observe  observeCmd  `cmd:"" group:"policy" help:"Open them, limits of traffic guards reported only."`
	Trust    trustCmd    `cmd:"" group:"policy" help:"Open them, exempt from traffic guards."`
	Lock     lockCmd     `cmd:"" group:"policy" help:"Close them for the account and all below, whatever other rules say."`
	Unset    unsetCmd    `cmd:"" group:"policy" help:"Remove rules."`
	Suspend  suspendCmd  `cmd:"" group:"policy" help:"Stop an account and all below it."`
	Resume   resumeCmd   `cmd:"" group:"policy" help:"Make a suspended account active again."`
	Group    groupCmd    `cmd:"" group:"policy" help:"Keep the groups that rules name as @name."`
	Bind     bindCmd     `cmd:"" group:"policy" help:"Keep credentials."`
	Upstream upstreamCmd `cmd:"" group:"policy" help:"Set addresses of message centres aside, and list their health."`
	Token    tokenCmd    `cmd:"" group:"policy" help:"Keep the tokens of the HTTP API."`
	Policy   policyCmd   `cmd:"" group:"policy" help:"Export, import, compare or accept the policy as a whole."`
	Audit    auditCmd    `cmd:"" group:"policy" help:"The record of refusals: show it, and whether it is as it was written."`
	Whatif   whatifCmd   `cmd:"" group:"policy" help:"What a change of the policy would have done to the traffic that was recorded."`
	Log      logCmd      `cmd:"" group:"policy" help:"Who changed what, when and why."`
	Status   statusCmd   `cmd:"" group:"policy" help:"Whether all that is written is in force, and what looks odd."`

	Version versionCmd `cmd:"" help:"The version of this program."`

	TellVersion versionFlag `name:"version" hidden:""`
}

// Exit codes. A refusal is an answer, not an error.
const (
	exitOK      = 0
	exitRefused = 1 // or: not as expected
	exitError   = 2
)

// exitCode is an error that says how to exit and has been told already.
type exitCode int

// Error is for the few who look.
func (e exitCode) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// run is the program without the process: it returns the exit code.
func run(ctx context.Context, args []string, w *world) (code int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("geogate"),
		kong.Description("SMPP geo-permission proxy: refuses what no permission opens, forwards the rest byte for byte."),
		kong.Writers(w.out, w.err),
		kong.Exit(func(code int) { exited = code; panic(exitCode(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(w),
		longHelp,
		kong.UsageOnError(),
		kong.ExplicitGroups([]kong.Group{{Key: "policy", Title: "Operations:"}}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		panic(err) // the declarations above are wrong: no input can cause it
	}
	defer func() {
		if exited >= 0 {
			_ = recover() // help was asked for and printed
			code = exited
		}
	}()
	parsed, err := parser.Parse(args)
	if err == nil {
		err = parsed.Run()
	} else {
		err = shownPassword(args, err)
	}
	var told exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &told):
		return int(told)
	}
	fmt.Fprintln(w.err, "geogate:", err)
	return exitError
}

// versionFlag is the verb for those who ask by a flag, as of most programs.
type versionFlag bool

// BeforeReset tells the version before a verb is missed.
func (versionFlag) BeforeReset(app *kong.Kong, w *world) error {
	err := versionCmd{}.Run(w)
	app.Exit(exitOK)
	return err
}

// versionCmd prints what was built.
type versionCmd struct{}

// Run prints the module's version and the Go that built it.
func (versionCmd) Run(w *world) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version + " " + info.GoVersion
	}
	_, err := fmt.Fprintln(w.out, "geogate", version)
	return err
}
