package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"geogate/config/store"
	"geogate/rules"
	"geogate/rules/numplan"
)

// statusCmd shows how the policy is.
type statusCmd struct {
	redisFlags
	Admin   string        `help:"Ask a running node at its admin address how it follows." placeholder:"HOST:PORT"`
	Timeout time.Duration `default:"5s" help:"How long to wait for Redis and for the node."`
	JSON    bool          `name:"json" help:"In JSON."`
}

// statusReport is the policy in Redis, compiled here and now, and what a node makes of it.
type statusReport struct {
	Redis      string      `json:"redis"` // without password
	Generation int64       `json:"generation"`
	LastBy     string      `json:"last_change_by,omitempty"` // with the tools
	LastAt     string      `json:"last_change_at,omitempty"`
	Accounts   int         `json:"accounts"`
	Binds      int         `json:"binds"`
	Groups     int         `json:"groups"`
	Faults     []string    `json:"faults"` // what is written and cannot be in force
	Lint       []string    `json:"lint"`
	Problem    string      `json:"problem,omitempty"` // why Redis could not be read
	Node       *nodeStatus `json:"node,omitempty"`
}

// Run reads the policy, and asks the node where one is named. It fails when one of the two does not answer.
func (c *statusCmd) Run(ctx context.Context, w *world) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	report, err := c.ask(ctx, w)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(w.out, report)
	} else {
		report.print(w.out)
	}
	if err == nil && report.Problem != "" {
		return exitCode(exitError)
	}
	return err
}

func (c *statusCmd) ask(ctx context.Context, w *world) (*statusReport, error) {
	s, err := c.open()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	report := &statusReport{Redis: s.Endpoint().String(), Faults: []string{}, Lint: []string{}}
	written, err := s.Load(ctx)
	if err == nil {
		report.compile(written, w.now())
		err = report.last(ctx, s)
	}
	if err != nil {
		report.Problem = err.Error() // a node may still have an answer
	}
	if c.Admin != "" {
		report.Node, err = askNode(ctx, c.Admin)
		return report, err
	}
	return report, nil
}

func (r *statusReport) compile(written rules.Written, now time.Time) {
	r.Accounts, r.Binds, r.Groups = len(written.Accounts), len(written.Binds), len(written.Groups)
	policy, faults := rules.Compile(numplan.Default(), written)
	r.Faults = faultLines(faults)
	for _, f := range policy.Lint(now) {
		r.Lint = append(r.Lint, f.String())
	}
}

// last reads the latest entry of the log.
func (r *statusReport) last(ctx context.Context, s *store.Store) error {
	entries, err := s.Log(ctx, 1)
	for _, e := range entries {
		r.Generation, r.LastBy, r.LastAt = e.Generation, e.By, moment(e.At)
	}
	return err
}

func (r *statusReport) print(out io.Writer) {
	fmt.Fprintln(out, r.Redis)
	if r.Problem != "" {
		fmt.Fprintln(out, "  problem:", printable(r.Problem))
	} else {
		fmt.Fprintf(out, "  %s, %s, %s\n", many(r.Accounts, "account"), many(r.Binds, "bind"), many(r.Groups, "group"))
	}
	if r.LastAt != "" {
		fmt.Fprintf(out, "  generation %d, by %s at %s\n", r.Generation, printable(r.LastBy), r.LastAt)
	}
	printLines(out, "  not in force: ", r.Faults)
	printLines(out, "  worth a look: ", r.Lint)
	if r.Node != nil {
		r.Node.print(out)
	}
}

func printLines(out io.Writer, before string, lines []string) {
	for _, line := range lines {
		fmt.Fprintln(out, before+printable(line))
	}
}
