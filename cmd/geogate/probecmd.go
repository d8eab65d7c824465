package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"time"

	"geogate/cmd/geogate/probe"
)

// probeCmd plays bad and unusual input against an SMPP server.
type probeCmd struct {
	Addr     string        `required:"" placeholder:"ADDR" help:"The server or proxy to probe."`
	SystemID string        `name:"system-id" required:"" placeholder:"ID" help:"system_id to bind with."`
	Password string        `placeholder:"PW" env:"SMPP_PASSWORD" help:"Its password."`
	To       string        `required:"" placeholder:"DIGITS" help:"A destination that is open to it; some fifty short messages are sent there."`
	Only     []string      `placeholder:"A1,B" help:"Scenarios whose number begins so."`
	Patience time.Duration `default:"2s" help:"How long an answer may take (${default})."`
	JSON     bool          `name:"json" help:"A JSON line for each scenario."`
}

// Run prints a table: exit code 0 when all is as the standard asks, 1 when not, 2 when it could not be played.
func (c *probeCmd) Run(ctx context.Context, w *world) error {
	target := probe.Target{
		SystemID: c.SystemID, Password: c.Password, To: c.To, Patience: c.Patience,
		Dial: func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", c.Addr) },
	}
	t := newSheet(w.out, "number", "sent", "SMPP 3.4 asks", "section", "came", "verdict")
	counts := map[probe.Verdict]int{}
	err := target.Run(ctx, c.Only, func(r probe.Result) {
		counts[r.Verdict]++
		if c.JSON {
			json.NewEncoder(w.out).Encode(r)
			return
		}
		t.add(r.Number, r.Sent, r.Asks, r.Source, r.Came, string(r.Verdict))
	})
	if err != nil {
		return err
	}
	if !c.JSON {
		t.Render()
		fmt.Fprintf(w.out, "%d as the standard asks, %d otherwise, %d not played, server lost: %d\n",
			counts[probe.Pass], counts[probe.Differ], counts[probe.Failed], counts[probe.Lost])
	}
	switch {
	case counts[probe.Failed] > 0:
		return exitCode(exitError)
	case counts[probe.Differ]+counts[probe.Lost] > 0:
		return exitCode(exitRefused)
	}
	return nil
}
