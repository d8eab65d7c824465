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
	Batch string `help:"JSON lines from FILE, or - for standard input; one line out for each." placeholder:"FILE"`
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
	region := a.Region
	if region == "" {
		region = "no region"
	}
	_, err := fmt.Fprintf(w.out, "%s  %s  %s\n", a.Number, region, a.Class)
	return err
}

func readNumber(dial *numplan.Dial, ton, npi byte, dest string) numberAnswer {
	var n numplan.Number
	if problem := dial.Read(ton, npi, []byte(dest), &n); problem != numplan.OK {
		return numberAnswer{Reason: problem.String()}
	}
	if n.Short {
		return numberAnswer{Reason: rules.ShortDest.String()}
	}
	return numberAnswer{Number: n.String(), Region: n.Region.String(), Class: n.Class.String()}
}

// batch answers each line by the flags, or by the line's own dial region.
func (c *numberCmd) batch(w *world, dial *numplan.Dial) error {
	dials := map[string]*numplan.Dial{c.Dial: dial}
	return runBatch(w, c.Batch, func(q *question) (any, error) {
		region := c.Dial
		if q.Dial != nil {
			region = *q.Dial
		}
		by, ok := dials[region]
		if !ok {
			flags := c.dialFlags
			flags.Dial = region
			var err error
			if by, err = flags.dial(); err != nil {
				return nil, err
			}
			dials[region] = by
		}
		return readNumber(by, orByte(q.TON, c.TON), orByte(q.NPI, c.NPI), q.Dest), nil
	})
}
