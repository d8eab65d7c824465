package main

import (
	"fmt"
	"strconv"

	"github.com/alecthomas/kong"
)

// benchCase is one load: a closed loop, where each answer calls for the next message, or an open one at a
// rate.
type benchCase struct {
	Binds  int `json:"binds"`
	Window int `json:"window"`
	Rate   int `json:"rate,omitempty"` // messages a second in all; 0: a closed loop
}

// What the open loops run over.
const (
	openBinds  = 20
	openWindow = 1000 // never the limit: what is late counts as late
)

var usual = kong.Vars{
	"points":     "1x10,1x100,1x1000,10x10,10x100,100x1,100x10,100x100,1000x10",
	"open_binds": strconv.Itoa(openBinds),
	"subjects":   "none,haproxy,copy,geogate,decode",
}

// String is the case as the tables spell it.
func (c benchCase) String() string {
	if c.Rate > 0 {
		return fmt.Sprintf("%d/s", c.Rate)
	}
	return fmt.Sprintf("%d x %d", c.Binds, c.Window)
}

func (c *runCmd) cases() ([]benchCase, error) {
	var list []benchCase
	for _, point := range c.Points {
		var one benchCase
		if _, err := fmt.Sscanf(point, "%dx%d", &one.Binds, &one.Window); err != nil || one.Binds < 1 || one.Window < 1 {
			return nil, fmt.Errorf("--points: %q is not BINDSxWINDOW, as 10x100", point)
		}
		list = append(list, one)
	}
	for _, rate := range c.Rates {
		if rate < 1 {
			return nil, fmt.Errorf("--rates: %d is no rate", rate)
		}
		list = append(list, benchCase{Binds: openBinds, Window: openWindow, Rate: rate})
	}
	return list, nil
}
