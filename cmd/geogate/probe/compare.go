package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Column is what came of all scenarios with one server.
type Column struct {
	Name    string
	Results []Result
}

// ReadColumn reads results as a run writes them, a JSON line each. name is for those that name no server.
func ReadColumn(text []byte, name string) (Column, error) {
	column := Column{Name: name}
	for n, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var r Result
		if err := json.Unmarshal(line, &r); err != nil || r.Number == "" {
			return column, fmt.Errorf("%s, line %d: no result as geogate probe --json writes it", name, n+1)
		}
		if r.Server != "" {
			column.Name = r.Server
		}
		column.Results = append(column.Results, r)
	}
	return column, nil
}

// Count counts verdicts.
func Count(results []Result) map[Verdict]int {
	counts := map[Verdict]int{}
	for _, r := range results {
		counts[r.Verdict]++
	}
	return counts
}

// Compare puts servers side by side: the scenarios in the order of the first that has played them, what each
// server made of it, and how many of those that it played went as the standard asks.
func Compare(columns []Column) (head []string, rows [][]string) {
	head = []string{"", "sent", "SMPP 3.4 asks"}
	foot := []string{"", "as the standard asks", "of those played"}
	places := map[string]int{}
	for i, c := range columns {
		head = append(head, c.Name)
		foot = append(foot, score(c.Results))
		for _, r := range c.Results {
			at, known := places[r.Number]
			if !known {
				at = len(rows)
				places[r.Number] = at
				first := []string{r.Number, r.Sent, r.Asks + " (" + r.Source + ")"}
				rows = append(rows, append(first, slices.Repeat([]string{absent}, len(columns))...))
			}
			rows[at][3+i] = r.cell()
		}
	}
	return head, append(rows, foot)
}

// absent stands where a scenario was not played.
const absent = "-"

func (r *Result) cell() string {
	switch r.Verdict {
	case Pass:
		return "yes"
	case Skipped:
		return absent
	}
	return r.Came
}

func score(results []Result) string {
	n := Count(results)
	return fmt.Sprintf("%d of %d", n[Pass], len(results)-n[Skipped]-n[Failed])
}

// Markdown writes the comparison as a table.
func Markdown(columns []Column) string {
	head, rows := Compare(columns)
	var b strings.Builder
	line := func(cells []string) {
		for _, cell := range cells {
			b.WriteString(strings.TrimRight("| "+strings.ReplaceAll(plain(cell), "|", `\|`), " ") + " ")
		}
		b.WriteString("|\n")
	}
	line(head)
	b.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

// plain keeps what a server has put into an error from ending the line, and leaves out what all statuses have.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ReplaceAll(text, "ESME_", ""))
}
