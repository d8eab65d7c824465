package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// logCmd shows who changed what.
type logCmd struct {
	redisFlags
	N    int  `short:"n" default:"20" help:"How many changes."`
	JSON bool `name:"json" help:"A JSON line for each."`
}

// Run prints the latest changes, the latest first.
func (c *logCmd) Run(ctx context.Context, w *world) error {
	s, err := c.open()
	if err != nil {
		return err
	}
	defer s.Close()
	entries, err := s.Log(ctx, c.N)
	if err != nil {
		return err
	}
	t := newTable(w.out)
	t.AppendHeader(table.Row{"at", "by", "why", "key", "field", "from", "to"})
	encoder := json.NewEncoder(w.out)
	for _, e := range entries {
		if c.JSON {
			if err := encoder.Encode(e); err != nil {
				return err
			}
			continue
		}
		for i, change := range e.Changes {
			row := table.Row{"", "", "", change.Key, change.Field, change.From, change.To}
			if i == 0 {
				row[0], row[1], row[2] = e.At.UTC().Format(time.RFC3339), e.By, e.Why
			}
			t.AppendRow(row)
		}
	}
	if !c.JSON {
		t.Render()
	}
	return nil
}
