package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// scaleCmd measures Geogate alone: what sessions, accounts and rules cost when they are many.
type scaleCmd struct {
	Parts    []string      `enum:"idle,crowd,policies,gc" default:"idle,crowd,policies,gc" help:"What to measure (${default})."`
	Rounds   int           `default:"3" help:"Runs of each case; the median counts (${default})."`
	Duration time.Duration `default:"3s" help:"Of one run (${default})."`
	Out      string        `default:"." type:"path" help:"Folder for scale.json and scale.md."`

	Idle   []int         `default:"1000,4000,9000" help:"Idle sessions whose memory is measured (${default})."`
	Settle time.Duration `default:"5s" help:"How long they are left alone before they are looked at again (${default})."`

	CrowdIdle int `default:"9000" help:"Idle sessions beside busy ones (${default})."`
	CrowdBusy int `default:"1000" help:"Busy ones, each with a window of 10 (${default})."`

	Policies []string `default:"${scale_policies}" help:"As ACCOUNTSxRULES; the first is what the others are compared with (${default})."`
	Points   []string `default:"${scale_points}" help:"Closed loops under each policy, as BINDSxWINDOW (${default})."`
	Changes  int      `default:"100" help:"Changes of one account under each policy (${default})."`

	GCPolicies []string      `name:"gc-policies" default:"1000x30,100000x30" help:"Policies under which garbage collection is measured (${default})."`
	GCDuration time.Duration `name:"gc-duration" default:"10s" help:"Of one run there (${default})."`
	GCPass     time.Duration `name:"gc-pass" default:"10s" help:"Between two reads of the whole policy there, which make the garbage; 1s or more (${default})."`
}

// Run measures, prints the tables and writes them to a folder.
func (c *scaleCmd) Run(ctx context.Context, stdout io.Writer) error {
	r := &scaleReport{Machine: thisMachine(), Rounds: c.Rounds, Seconds: c.Duration.Seconds()}
	r.Machine.HAProxy = "" // it has no part in this
	for _, part := range []struct {
		name    string
		measure func(context.Context, *scaleReport) error
	}{{"idle", c.idle}, {"crowd", c.crowd}, {"policies", c.policies}, {"gc", c.gc}} {
		if !slices.Contains(c.Parts, part.name) {
			continue
		}
		if err := part.measure(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		fmt.Fprintf(os.Stderr, "smppbench: %s done\n", part.name)
	}
	if err := writeBoth(c.Out, "scale", r, r.markdown); err != nil {
		return err
	}
	return r.markdown(stdout)
}

// alone starts one Geogate.
func (b *bench) alone(ctx context.Context, name string, accounts int, o geogateOptions) (s *subject, err error) {
	s = &subject{name: name, accounts: accounts}
	if s.addr, err = freeAddr(); err != nil {
		return nil, err
	}
	return s, b.startGeogate(ctx, s, o)
}

// shapes reads policies as ACCOUNTSxRULES.
func shapes(flag string, texts []string) ([]shape, error) {
	list := make([]shape, len(texts))
	for i, text := range texts {
		s := &list[i]
		if _, err := fmt.Sscanf(text, "%dx%d", &s.Accounts, &s.Rules); err != nil || s.Accounts < 1 || s.Rules < leastRules {
			return nil, fmt.Errorf("%s: %q is not ACCOUNTSxRULES, as 1000x30; the mix needs %d rules", flag, text, leastRules)
		}
	}
	return list, nil
}

// String is the shape as the tables spell it.
func (s shape) String() string { return fmt.Sprintf("%d x %d", s.Accounts, s.Rules) }
