package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// report is what a comparison came to. Every figure in its tables is the median of the rounds.
type report struct {
	Machine  machine  `json:"machine"`
	Policy   shape    `json:"policy"`
	Rounds   int      `json:"rounds"`
	Further  int      `json:"further_rounds"` // of nothing in between, HAProxy and Geogate
	Seconds  float64  `json:"seconds"`        // of one run
	Subjects []string `json:"subjects"`
	Results  []result `json:"results"`
	Ratios   []ratio  `json:"ratios"`
}

func newReport(c *runCmd, b *bench, results []result) *report {
	r := &report{
		Machine: thisMachine(), Policy: usualShape, Rounds: c.Rounds, Further: c.Further, Seconds: b.duration.Seconds(),
		Subjects: c.Subjects, Results: results,
	}
	r.Ratios = r.ratios()
	return r
}

// write writes bench.json and bench.md.
func (r *report) write(dir string) error { return writeBoth(dir, "bench", r, r.markdown) }

// writeBoth writes a report as JSON and as Markdown.
func writeBoth(dir, name string, report any, markdown func(io.Writer) error) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, name+".json"), append(raw, '\n'), 0o644); err != nil {
		return err
	}
	var text strings.Builder
	if err := markdown(&text); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".md"), []byte(text.String()), 0o644)
}

func (r *report) markdown(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s.\n\nMedians of %d runs of %g s each, and of %d for nothing in between, HAProxy and Geogate; "+
		"every one with a new process that is warm, the subjects taking turns; load, proxy and message centre share the machine.\n"+
		"Geogate decides by %d accounts of %d rules. Every answer and every octet forwarded was checked.\nIn brackets: the ratio to HAProxy's, taken within each round: median, least and greatest.\n",
		r.Machine, r.Rounds, r.Seconds, r.Rounds+r.Further, r.Policy.Accounts, r.Policy.Rules)
	r.summary(&out)
	for _, f := range figures {
		r.table(&out, f, f.title, r.group(false))
	}
	if tls := r.group(true); len(tls) > 0 {
		for _, f := range figures {
			r.table(&out, f, tlsTitle(f.title), tls)
		}
	}
	for _, f := range refusing {
		r.table(&out, f, fmt.Sprintf("%d %% refused: %s", refusedPercent, lowerFirst(f.title)), r.judges())
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func tlsTitle(title string) string { return "TLS: " + lowerFirst(title) }

func lowerFirst(title string) string {
	if strings.HasPrefix(title, "CPU") {
		return title
	}
	return strings.ToLower(title[:1]) + title[1:]
}

// group is the subjects that speak TLS with the load, or those that do not; nothing in between belongs to both.
func (r *report) group(tls bool) []string {
	list := slices.DeleteFunc(slices.Clone(r.Subjects), func(s string) bool {
		return s != "none" && strings.HasSuffix(s, tlsSuffix) != tls
	})
	if tls && len(list) == 1 && list[0] == "none" {
		return nil
	}
	return list
}

// judges are the subjects of the mix that refuses.
func (r *report) judges() []string {
	return slices.DeleteFunc(slices.Clone(r.Subjects), func(s string) bool { return !strings.HasPrefix(s, "geogate") })
}

// table writes one figure: a row for each case, a column for each subject.
func (r *report) table(out *strings.Builder, f figure, title string, subjects []string) {
	if f.proxy {
		subjects = slices.DeleteFunc(slices.Clone(subjects), func(s string) bool { return s == "none" })
	}
	cases := r.cases(f.loop)
	if len(cases) == 0 || len(subjects) == 0 || f.added && !slices.Contains(r.Subjects, "none") {
		return
	}
	load := "binds x window"
	if f.loop == openLoop {
		load = fmt.Sprintf("over %d binds", openBinds)
	}
	fmt.Fprintf(out, "\n### %s\n\n| %s | %s |\n|---|%s\n", title, load, strings.Join(subjects, " | "),
		strings.Repeat("---:|", len(subjects)))
	for _, c := range cases {
		fmt.Fprintf(out, "| %s |", c)
		for _, subject := range subjects {
			fmt.Fprintf(out, " %s |", r.cell(c, f, subject))
		}
		out.WriteByte('\n')
	}
}

func (r *report) cell(c benchCase, f figure, subject string) string {
	values := r.values(c, subject, f)
	if len(values) == 0 {
		return "-"
	}
	text := f.show(median(values))
	against := reference(subject)
	if against == subject || subject == "none" {
		return text
	}
	if one, ok := r.ratio(c, f, subject, against); ok {
		text += " (" + one.String() + ")"
	}
	return text
}

// cases are those that were measured of a kind.
func (r *report) cases(of loop) []benchCase {
	var list []benchCase
	for i := range r.Results {
		if c := r.Results[i].Case; c.loop() == of && !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}
