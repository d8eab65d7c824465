package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"geogate/config/store"
	"geogate/rules"
	"geogate/rules/numplan"
)

// statusCmd shows how the policy is.
type statusCmd struct {
	policyFlags
	Admin string `help:"Ask a running node at its admin address how it follows." placeholder:"ADDR"`
	JSON  bool   `name:"json" help:"In JSON."`
}

// statusReport is what status tells.
type statusReport struct {
	Accounts int         `json:"accounts"`
	Binds    int         `json:"binds"`
	Groups   int         `json:"groups"`
	Faults   []string    `json:"faults"`
	Lint     []string    `json:"lint"`
	Node     *nodeStatus `json:"node,omitempty"`
}

// nodeStatus is what a running node tells of itself on its admin address.
type nodeStatus struct {
	Ready      bool      `json:"ready"`
	NotReady   string    `json:"not_ready,omitempty"`
	Revision   uint64    `json:"revision"`
	Source     string    `json:"source"`
	Mode       string    `json:"mode"`
	LastAnswer time.Time `json:"last_answer"`
	LastChange time.Time `json:"last_change"`
	Repairs    uint64    `json:"repairs"`
	Failures   uint64    `json:"failures"`
	Faults     []string  `json:"faults"`
	Held       string    `json:"held,omitempty"`
	Problem    string    `json:"problem,omitempty"`
	Polling    string    `json:"polling_because,omitempty"`
	Snapshot   string    `json:"snapshot_problem,omitempty"`
	Sessions   int       `json:"sessions"`
}

// Run reads the policy, and asks the node where one is named.
func (c *statusCmd) Run(ctx context.Context, w *world) error {
	written, err := c.load(ctx, w)
	if err != nil {
		return err
	}
	policy, faults := rules.Compile(numplan.Default(), written)
	report := statusReport{Accounts: len(written.Accounts), Binds: len(written.Binds), Groups: len(written.Groups),
		Faults: faultLines(faults), Lint: []string{}}
	for _, f := range policy.Lint(w.now()) {
		report.Lint = append(report.Lint, f.String())
	}
	if c.Admin != "" {
		if report.Node, err = askNode(ctx, c.Admin); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(w.out).Encode(report)
	}
	report.print(w.out)
	return nil
}

func faultLines(faults []rules.Fault) []string {
	lines := []string{}
	for _, f := range faults {
		lines = append(lines, f.Error())
	}
	return lines
}

func (r *statusReport) print(out io.Writer) {
	fmt.Fprintf(out, "%d accounts, %d binds, %d groups\n", r.Accounts, r.Binds, r.Groups)
	printLines(out, "not in force", r.Faults)
	printLines(out, "worth a look", r.Lint)
	if n := r.Node; n != nil {
		state := "ready"
		if !n.Ready {
			state = "not ready: " + n.NotReady
		}
		fmt.Fprintf(out, "node: %s; %d sessions; revision %d from %s, %s; last answer %s, last change %s; %d repairs\n", state,
			n.Sessions, n.Revision, n.Source, n.Mode, n.LastAnswer.Format(time.RFC3339), n.LastChange.Format(time.RFC3339), n.Repairs)
		for _, line := range []string{n.Problem, n.Held, n.Polling, n.Snapshot} {
			if line != "" {
				fmt.Fprintln(out, "node:", line)
			}
		}
		printLines(out, "node, not in force", n.Faults)
	}
}

func printLines(out io.Writer, title string, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(out, "%s: %s\n", title, line)
	}
}

// askNode reads /status of a running node.
func askNode(ctx context.Context, addr string) (*nodeStatus, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/status", nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the node at %s does not answer: %w", addr, err)
	}
	defer response.Body.Close()
	var n nodeStatus
	if err := json.NewDecoder(response.Body).Decode(&n); err != nil {
		return nil, fmt.Errorf("%s is not the admin address of a node: %w", addr, err)
	}
	return &n, nil
}

// status is what this node tells of itself.
func (a *app) status() nodeStatus {
	s := a.store.Status()
	n := nodeStatus{
		NotReady: a.notReady(), Revision: s.Revision, Source: s.Source.String(), Mode: s.Mode.String(),
		LastAnswer: s.LastAnswer, LastChange: s.LastChange, Repairs: s.Repairs, Failures: s.Failures,
		Faults: faultLines(s.Faults), Problem: s.Problem, Polling: s.PollingBecause, Snapshot: s.SnapshotProblem,
		Sessions: len(a.proxy.Sessions()), Held: heldLine(s.Held),
	}
	n.Ready = n.NotReady == ""
	return n
}

func heldLine(h *store.Held) string {
	if h == nil {
		return ""
	}
	return h.Why
}
