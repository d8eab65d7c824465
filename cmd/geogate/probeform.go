package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"geogate/cmd/geogate/probe"
)

// print prints what came of one run.
func (c *probeCmd) print(out io.Writer, results []probe.Result) {
	if c.Markdown {
		fmt.Fprint(out, probe.Markdown([]probe.Column{{Name: c.title(), Results: results}}))
		return
	}
	t := newSheet(out, "number", "sent", "SMPP 3.4 asks", "section", "came", "verdict")
	for _, r := range results {
		t.add(r.Number, r.Sent, r.Asks, r.Source, r.Came, string(r.Verdict))
	}
	t.Render()
	n := probe.Count(results)
	fmt.Fprintf(out, "%d as the standard asks, %d otherwise, %d failed, %d not played, server lost: %d\n",
		n[probe.Pass], n[probe.Differ], n[probe.Failed], n[probe.Skipped], n[probe.Lost])
}

// compare puts the results of several runs side by side.
func (c *probeCmd) compare(out io.Writer) error {
	if len(c.Results) == 0 || c.JSON {
		return errors.New("--compare needs files that runs with --json have written, and prints a table")
	}
	var columns []probe.Column
	for _, file := range c.Results {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		column, err := probe.ReadColumn(text, name)
		if err != nil {
			return err
		}
		columns = append(columns, column)
	}
	if c.Markdown {
		_, err := fmt.Fprint(out, probe.Markdown(columns))
		return err
	}
	head, rows := probe.Compare(columns)
	t := newSheet(out, head...)
	for _, row := range rows {
		t.add(row...)
	}
	t.Render()
	return nil
}
