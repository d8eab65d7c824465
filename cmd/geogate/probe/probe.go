// Package probe plays bad and unusual input against an SMPP server or proxy, and holds what comes back against
// SMPP 3.4. It is the ESME, and for a proxy the message centre too.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"geogate/smpp"
)

// Target is what is probed.
type Target struct {
	Dial     func(ctx context.Context) (net.Conn, error)
	MC       string // address to listen on as the message centre that the server binds to; empty: none
	SystemID string
	Password string
	To       string        // a destination that is open: digits of an international number
	Patience time.Duration // for an answer, and for a close
	Timers   time.Duration // longest of the server's own timers; 0: scenarios that wait for them are not played
	Heavy    int           // PDUs in the scenarios that are about many of them, ten for each bind
	Parallel int           // scenarios at the same time, of those that do not disturb each other; 0: one

	centre *centre
}

// Verdict is what came of a scenario.
type Verdict string

// The verdicts.
const (
	Pass    Verdict = "pass"       // as the standard asks
	Differ  Verdict = "differ"     // otherwise
	Lost    Verdict = "lost"       // the server takes no binds any more
	Failed  Verdict = "failed"     // the scenario could not be played
	Skipped Verdict = "not played" // what it needs is not there
)

// Result is one line of the table.
type Result struct {
	Server  string  `json:"server,omitempty"` // what was probed, in the words of whoever did
	Number  string  `json:"number"`
	Sent    string  `json:"sent"`
	Asks    string  `json:"asks"`
	Source  string  `json:"source"` // section of SMPP 3.4
	Came    string  `json:"came"`
	Verdict Verdict `json:"verdict"`
}

// Run plays the scenarios whose numbers begin with one of only, or all, and reports each in the order of their
// numbers. Once the server is lost, the others are not played.
func (t *Target) Run(ctx context.Context, only []string, report func(Result)) error {
	chosen := slices.DeleteFunc(t.scenarios(), func(s scenario) bool { return !s.among(only) })
	if len(chosen) == 0 {
		wanted := strings.Join(only, " or ")
		return fmt.Errorf("no scenario's number begins with %s: they are such as A1, B9c, C17", wanted)
	}
	if t.MC != "" {
		centre, err := startCentre(t.MC)
		if err != nil {
			return err
		}
		t.centre = centre
		defer centre.close()
	}
	if err := t.alive(ctx); err != nil {
		return fmt.Errorf("no bind as %s before anything was played: %w", t.SystemID, err)
	}
	if t.centre != nil && t.centre.binds() == 0 {
		return fmt.Errorf("the server took a bind, and did not bind to %s: is that its message centre?", t.MC)
	}
	newStage(t, chosen, report).run(ctx)
	return ctx.Err()
}

// alive binds, asks whether the link is up, and unbinds.
func (t *Target) alive(ctx context.Context) error {
	c, err := t.bound(ctx, smpp.IDBindTransceiver)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, up := c.up(); !up {
		return errors.New("enquire_link is not answered")
	}
	c.send(smpp.AppendHeader(nil, smpp.IDUnbind, smpp.ESME_ROK, 2))
	c.next()
	return nil
}

// judge plays one scenario, and finds out whether the server lives on.
func (t *Target) judge(ctx context.Context, s *scenario) (came string, v Verdict) {
	if why := t.lacks(s.needs); why != "" {
		return why, Skipped
	}
	got, err := s.play(ctx)
	switch {
	case err != nil:
		came, v = err.Error(), Failed
	case got.right:
		came, v = got.came, Pass
	default:
		came, v = got.came, Differ
	}
	if err := t.alive(ctx); err != nil {
		return came + "; then no bind any more: " + err.Error(), Lost
	}
	return came, v
}

// lacks says what is not there of what a scenario needs.
func (t *Target) lacks(n need) string {
	switch {
	case n&bothEnds != 0 && t.centre == nil:
		return "needs --mc"
	case n&timers != 0 && t.Timers == 0:
		return "needs --timers"
	}
	return ""
}
