package main

import (
	"context"
	"fmt"
	"time"

	"geogate/config/store"
)

// logCmd shows who changed what.
type logCmd struct {
	redisFlags
	Lines   int    `short:"n" default:"20" help:"How many changes, the latest first."`
	Account string `help:"Only changes of this account, or of the platform." placeholder:"ACCOUNT"`
	JSON    bool   `name:"json" help:"Answer in JSON."`
}

// searchDepth is how far back a filter looks.
const searchDepth = 10_000

// Run prints the latest entries of the log that the tools keep. A plain HSET does not stand there.
func (c *logCmd) Run(ctx context.Context, w *world) error {
	if c.Lines < 1 {
		return fmt.Errorf("--lines %d: at least 1 is needed", c.Lines)
	}
	s, err := c.open()
	if err != nil {
		return err
	}
	defer s.Close()
	depth := c.Lines
	if c.Account != "" {
		depth = max(depth, searchDepth)
	}
	entries, err := s.Log(ctx, depth)
	if err != nil {
		return fmt.Errorf("reading the log: %w", err)
	}
	entries = c.filter(entries)
	if c.JSON {
		return printJSON(w.out, entries)
	}
	for _, e := range entries {
		printEntry(w, e)
	}
	return nil
}

// filter keeps the entries that are about the account.
func (c *logCmd) filter(entries []store.LogEntry) []store.LogEntry {
	key := store.AccountKey(c.Account)
	if c.Account == store.PlatformKey {
		key = store.PlatformKey
	}
	list := []store.LogEntry{}
	for _, e := range entries {
		if len(list) < c.Lines && (c.Account == "" || mentions(e, key)) {
			list = append(list, e)
		}
	}
	return list
}

func mentions(e store.LogEntry, key string) bool {
	for _, c := range e.Changes {
		if c.Key == key {
			return true
		}
	}
	return false
}

// maxShown bounds the changes of one entry on a screen: an import can hold thousands.
const maxShown = 20

func printEntry(w *world, e store.LogEntry) {
	line := fmt.Sprintf("%s  %s", e.At.UTC().Format(time.RFC3339), printable(e.By))
	if e.Why != "" {
		line += ": " + printable(e.Why)
	}
	fmt.Fprintln(w.out, line)
	for i, c := range e.Changes {
		if i == maxShown {
			fmt.Fprintf(w.out, "    and %d more: --json shows them all\n", len(e.Changes)-maxShown)
			break
		}
		fmt.Fprintf(w.out, "    %s  %s: %s -> %s\n", printable(c.Key), printable(c.Field),
			printable(absent(c.From)), printable(absent(c.To)))
	}
}
