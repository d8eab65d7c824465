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
)

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

	Upstreams []upstreamStatus `json:"upstreams"`
	Record    *recordStatus    `json:"record,omitempty"`
}

func (n *nodeStatus) print(out io.Writer) {
	state := "ready"
	if !n.Ready {
		state = "not ready: " + n.NotReady
	}
	fmt.Fprintf(out, "Node: %s\n", printable(state))
	fmt.Fprintf(out, "  policy from %s, %s, revision %d, repairs %d, sessions %d\n",
		n.Source, n.Mode, n.Revision, n.Repairs, n.Sessions)
	fmt.Fprintf(out, "  Redis last answered %s, last change %s\n", moment(n.LastAnswer), moment(n.LastChange))
	for _, line := range [][2]string{
		{"problem", n.Problem}, {"held back", n.Held}, {"polling", n.Polling}, {"snapshot", n.Snapshot},
	} {
		if line[1] != "" {
			fmt.Fprintf(out, "  %s: %s\n", line[0], printable(line[1]))
		}
	}
	printLines(out, "  not in force: ", n.Faults)
	if n.Record != nil {
		printLines(out, "  record: ", []string{n.Record.String()})
	}
	printTroubled(out, n.Upstreams)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}

func faultLines(faults []rules.Fault) []string {
	lines := []string{}
	for _, f := range faults {
		lines = append(lines, f.Error())
	}
	return lines
}

// maxAnswer bounds what a node may answer, in octets.
const maxAnswer = 16 << 20

// askNode reads /status of a running node.
func askNode(ctx context.Context, addr string) (*nodeStatus, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/status", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the node at %s does not answer: %w", addr, err)
	}
	defer response.Body.Close()
	var n nodeStatus
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&n); err != nil {
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
		Sessions: len(a.proxy.Sessions()), Held: heldLine(s.Held), Upstreams: upstreamStatuses(a.proxy.Upstreams()),
		Record: a.recordStatus(),
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
