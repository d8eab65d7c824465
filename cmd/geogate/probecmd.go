package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"geogate/cmd/geogate/probe"
	"geogate/smpp/smpptest"
)

// probeCmd plays bad and unusual input against an SMPP server.
type probeCmd struct {
	Addr     string        `placeholder:"HOST:PORT" help:"The server or proxy to probe."`
	MC       string        `name:"mc" placeholder:"HOST:PORT" help:"${probe_mc_help}"`
	SystemID string        `name:"system-id" placeholder:"ID" help:"system_id to bind with."`
	Password string        `placeholder:"PW" env:"SMPP_PASSWORD" help:"Its password."`
	To       string        `placeholder:"DIGITS" help:"${probe_to_help}"`
	Only     []string      `placeholder:"A1,B" help:"Scenarios whose number begins so."`
	Patience time.Duration `default:"2s" help:"How long an answer may take (${default})."`
	Timers   time.Duration `placeholder:"15s" help:"${probe_timers_help}"`
	Heavy    int           `default:"1000" help:"${probe_heavy_help}"`
	Parallel int           `default:"8" help:"Scenarios at the same time, of those that do not disturb each other."`
	Name     string        `placeholder:"NAME" help:"What is probed, in your words: the head of its column."`
	JSON     bool          `name:"json" xor:"form" help:"A JSON line for each scenario."`
	Markdown bool          `xor:"form" help:"The table in Markdown."`
	Compare  bool          `help:"Play nothing: put the results of several runs with --json side by side."`
	Results  []string      `arg:"" optional:"" placeholder:"FILE" help:"The files to compare."`

	smpptest.ClientTLS
}

// Run prints a table: exit code 0 when all is as the standard asks, 1 when not, 2 when it could not be played.
func (c *probeCmd) Run(ctx context.Context, w *world) error {
	if c.Compare {
		return c.compare(w.out)
	}
	target, err := c.target()
	if err != nil {
		return err
	}
	var results []probe.Result
	err = target.Run(ctx, c.Only, func(r probe.Result) {
		r.Server = c.Name
		results = append(results, r)
		if c.JSON {
			json.NewEncoder(w.out).Encode(r)
		}
	})
	if err != nil {
		return err
	}
	if !c.JSON {
		c.print(w.out, results)
	}
	return verdictCode(results)
}

func verdictCode(results []probe.Result) error {
	n := probe.Count(results)
	switch {
	case n[probe.Failed] > 0:
		return exitCode(exitError)
	case n[probe.Differ]+n[probe.Lost] > 0:
		return exitCode(exitRefused)
	}
	return nil
}

// target checks the flags.
func (c *probeCmd) target() (*probe.Target, error) {
	if len(c.Results) > 0 {
		return nil, errors.New("files of results go with --compare")
	}
	if c.Addr == "" || c.SystemID == "" || c.To == "" {
		return nil, errors.New("--addr, --system-id and --to are needed: where to bind, as whom, and a destination")
	}
	if c.Patience <= 0 || c.Timers < 0 || c.Heavy < 1 || c.Parallel < 1 {
		return nil, errors.New("--patience, --timers, --heavy and --parallel are more than nothing")
	}
	to, err := digits(c.To)
	if err != nil {
		return nil, err
	}
	dial, err := c.dial()
	if err != nil {
		return nil, err
	}
	return &probe.Target{
		Dial: dial, MC: c.MC, SystemID: c.SystemID, Password: c.Password, To: to,
		Patience: c.Patience, Timers: c.Timers, Heavy: c.Heavy, Parallel: c.Parallel,
	}, nil
}

// digits reads an international number, with or without its plus.
func digits(to string) (string, error) {
	const longest = 15 // E.164
	number := strings.TrimPrefix(to, "+")
	if len(number) > longest || number == "" || strings.Trim(number, "0123456789") != "" {
		return "", fmt.Errorf("--to %q is no international number: up to %d digits, as in 447400123456", to, longest)
	}
	return number, nil
}

func (c *probeCmd) dial() (func(context.Context) (net.Conn, error), error) {
	settings, err := c.ClientTLS.Config(c.Addr)
	if err != nil {
		return nil, err
	}
	if settings == nil {
		return func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", c.Addr)
		}, nil
	}
	dialer := &tls.Dialer{Config: settings}
	return func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", c.Addr) }, nil
}

// title is what the server is called.
func (c *probeCmd) title() string {
	if c.Name == "" {
		return c.Addr
	}
	return c.Name
}
