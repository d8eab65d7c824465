package main

import (
	"fmt"
	"strconv"

	"github.com/alecthomas/kong"
)

// benchCase is one load: a closed loop, where each answer calls for the next message, or an open one at a
// rate.
type benchCase struct {
	Binds   int `json:"binds"`
	Window  int `json:"window"`
	Rate    int `json:"rate,omitempty"`            // messages a second in all; 0: a closed loop
	Refused int `json:"refused_percent,omitempty"` // of the messages
}

// What the open loops run over.
const (
	openBinds  = 20
	openWindow = 1000 // never the limit: what is late counts as late
)

var usual = kong.Vars{
	"points":     "1x10,1x100,1x1000,10x10,10x100,100x1,100x10,100x100,1000x10",
	"refusing":   "1x10,10x100,100x10",
	"refused":    strconv.Itoa(refusedPercent),
	"open_binds": strconv.Itoa(openBinds),
	"subjects":   "none,haproxy,geogate,copy,decode,haproxy-tls,geogate-tls",

	"scale_points":   "10x100,1000x10",
	"scale_policies": "1x30,1000x30,100000x30,1x10,1x1000,1x10000",
}

// String is the case as the tables spell it.
func (c benchCase) String() string {
	if c.Rate > 0 {
		return fmt.Sprintf("%d/s", c.Rate)
	}
	return fmt.Sprintf("%d x %d", c.Binds, c.Window)
}

func (c *runCmd) cases() ([]benchCase, error) {
	list, err := closedLoops("--points", c.Points)
	if err != nil {
		return nil, err
	}
	for _, rate := range c.Rates {
		if rate < 1 {
			return nil, fmt.Errorf("--rates: %d is no rate", rate)
		}
		list = append(list, benchCase{Binds: openBinds, Window: openWindow, Rate: rate})
	}
	refusing, err := closedLoops("--refusing", c.Refusing)
	for i := range refusing {
		refusing[i].Refused = refusedPercent
	}
	return append(list, refusing...), err
}

func closedLoops(flag string, points []string) ([]benchCase, error) {
	list := make([]benchCase, len(points))
	for i, point := range points {
		one := &list[i]
		if _, err := fmt.Sscanf(point, "%dx%d", &one.Binds, &one.Window); err != nil || one.Binds < 1 || one.Window < 1 {
			return nil, fmt.Errorf("%s: %q is not BINDSxWINDOW, as 10x100", flag, point)
		}
	}
	return list, nil
}
