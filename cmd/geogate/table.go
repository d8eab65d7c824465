package main

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// newTable is a table as all verbs print it: aligned columns without lines.
func newTable(out io.Writer) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Format.Header = text.FormatDefault // as it is written
	return t
}

// sheet is a table of texts that others may have written.
type sheet struct{ table.Writer }

func newSheet(out io.Writer, columns ...string) sheet {
	s := sheet{newTable(out)}
	s.AppendHeader(cells(columns))
	return s
}

func (s sheet) add(texts ...string) { s.AppendRow(cells(texts)) }

func cells(texts []string) table.Row {
	row := make(table.Row, len(texts))
	for i, t := range texts {
		row[i] = printable(t)
	}
	return row
}

// printable keeps what others wrote from playing tricks on a terminal: control characters and those that turn
// the direction of text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ', 0x7f <= r && r < 0xa0, 0x2028 <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069:
			return '\uFFFD'
		}
		return r
	}, s)
}

// printJSON prints a value for programs.
func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
