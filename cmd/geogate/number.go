package main

import (
	"encoding/json"
	"fmt"

	"geogate/rules"
	"geogate/rules/numplan"
)

// numberCmd reads destinations without any policy.
type numberCmd struct {
	Dest []string `arg:"" optional:"" help:"Destinations as they stand in a PDU."`
	dialFlags
	TON   byte   `name:"ton" default:"1" help:"dest_addr_ton (default 1, international)."`
	NPI   byte   `name:"npi" default:"1" help:"dest_addr_npi (default 1, E.164)."`
	JSON  bool   `name:"json" help:"A JSON line for each."`
	Batch string `help:"${number_batch_help}" placeholder:"FILE"`
}

// numberAnswer is one answer: where the number belongs, or why it cannot be read.
type numberAnswer struct {
	Number string `json:"number,omitempty"`
	Region string `json:"region,omitempty"`
	Class  string `json:"class,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Run reads the destinations of the command line, or of a batch.
func (c *numberCmd) Run(w *world) error {
	dial, err := c.dial()
	if err != nil {
		return err
	}
	switch {
	case c.Batch != "" && len(c.Dest) > 0:
		return fmt.Errorf("give destinations or --batch, not both")
	case c.Batch != "":
		return c.batch(w, dial)
	case len(c.Dest) == 0:
		return fmt.Errorf("give a destination, or --batch FILE")
	}
	for _, dest := range c.Dest {
		if err := c.print(w, dest, readNumber(dial, c.TON, c.NPI, dest)); err != nil {
			return err
		}
	}
	return nil
}

func (c *numberCmd) print(w *world, dest string, a numberAnswer) error {
	if c.JSON {
		return json.NewEncoder(w.out).Encode(a)
	}
	if a.Reason != "" {
		_, err := fmt.Fprintf(w.out, "%q cannot be read as a number: %s\n", dest, a.Reason)
		return err
	}
	region := withName(a.Region)
	if region == "" {
		region = "no region"
	}
	_, err := fmt.Fprintf(w.out, "%s  %s  %s\n", a.Number, region, a.Class)
	return err
}

func readNumber(dial *numplan.Dial, ton, npi byte, dest string) numberAnswer {
	var n numplan.Number
	if reason := unreadable(dial.Read(ton, npi, []byte(dest), &n), &n); reason != "" {
		return numberAnswer{Reason: reason}
	}
	return numberAnswer{Number: n.String(), Region: n.Region.String(), Class: n.Class.String()}
}

// batch answers each line by the flags, or by the line's own dial region.
func (c *numberCmd) batch(w *world, dial *numplan.Dial) error {
	usual := question{dial: []byte(c.Dial), ton: c.TON, npi: c.NPI}
	dials := map[string]*numplan.Dial{c.Dial: dial}
	var q question
	var n numplan.Number
	return batch{answer: func(dst, line []byte) ([]byte, error) {
		q = usual
		if err := q.parse(line); err != nil {
			return dst, err
		}
		if q.dest == nil {
			return dst, errNoDest
		}
		by, ok := dials[string(q.dial)]
		if !ok {
			flags := c.dialFlags
			flags.Dial = string(q.dial)
			var err error
			if by, err = flags.dial(); err != nil {
				return dst, err
			}
			dials[flags.Dial] = by
		}
		problem := by.Read(q.ton, q.npi, q.dest, &n)
		if reason := unreadable(problem, &n); reason != "" {
			return append(appendMember(dst, "reason", reason), '}'), nil
		}
		return append(appendNumber(dst, &n), '}'), nil
	}}.run(w, c.Batch)
}

// unreadable is the reason why there is no number; "" when there is one.
func unreadable(problem numplan.Problem, n *numplan.Number) string {
	switch {
	case problem != numplan.OK:
		return problem.String()
	case n.Short:
		return rules.ShortDest.String()
	}
	return ""
}

// appendNumber appends the members that say where a number belongs: none for a short code and for what is
// unreadable.
func appendNumber(dst []byte, n *numplan.Number) []byte {
	if n.Short || len(n.Digits()) == 0 {
		return dst
	}
	dst = appendMember(dst, "number", "")
	dst = append(append(append(dst[:len(dst)-1], '+'), n.Digits()...), '"')
	if n.Region != numplan.NoRegion {
		dst = appendMember(dst, "region", n.Region.String())
	}
	return appendMember(dst, "class", n.Class.String())
}
