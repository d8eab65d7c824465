package main

import (
	"fmt"
	"maps"
	"slices"

	"geogate/config/admin/record"
)

// auditCmd holds the verbs about the audit record.
type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Whether the record is as it was written; exit code 1 and the first broken line where not."`
	Tail   auditTailCmd   `cmd:"" help:"The latest refusals, or those of an account, a region, a reason."`
}

// auditVerifyCmd holds a record against its seals.
type auditVerifyCmd struct {
	Paths []string `arg:"" name:"path" help:"Files of a record, or the directory that holds them." type:"path"`
	Head  []string `help:"Also find this seal, which an earlier verify told: nothing up to it was cut off." placeholder:"HASH"`
	JSON  bool     `name:"json" help:"Answer in JSON."`
}

// auditAnswer is the answer of audit verify.
type auditAnswer struct {
	Files   int               `json:"files"`
	Lines   uint64            `json:"lines"`
	Broken  []string          `json:"broken"`
	Missing []string          `json:"missing_heads"`
	Notes   []string          `json:"notes"`
	Heads   map[string]string `json:"heads"` // by chain
}

// Run prints what is wrong and what is worth knowing.
func (c *auditVerifyCmd) Run(w *world) error {
	files, err := record.Files(c.Paths...)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s holds no file of a record: give the directory of record.directory", c.Paths[0])
	}
	heads, err := c.heads()
	if err != nil {
		return err
	}
	report, err := record.Verify(files, heads...)
	if err != nil {
		return err
	}
	a := answerOf(report, heads)
	if c.JSON {
		err = printJSON(w.out, a)
	} else {
		a.print(w)
	}
	if err == nil && len(a.Broken)+len(a.Missing) > 0 {
		return exitCode(exitRefused)
	}
	return err
}

func (c *auditVerifyCmd) heads() (heads []record.Seal, err error) {
	for _, text := range c.Head {
		head, ok := record.ParseSeal(text)
		if !ok {
			return nil, fmt.Errorf("--head %q: the 64 hex digits that an earlier verify told are needed", text)
		}
		heads = append(heads, head)
	}
	return heads, nil
}

func answerOf(r *record.Report, heads []record.Seal) auditAnswer {
	a := auditAnswer{
		Files: r.Files, Lines: r.Lines, Heads: map[string]string{},
		Broken: []string{}, Missing: []string{}, Notes: append([]string{}, r.Notes...),
	}
	for _, fault := range r.Broken {
		a.Broken = append(a.Broken, fault.String())
	}
	for _, head := range heads {
		if !r.Has(head) {
			a.Missing = append(a.Missing, head.String())
		}
	}
	for chain, head := range r.Heads {
		a.Heads[chain] = head.String()
	}
	return a
}

func (a *auditAnswer) print(w *world) {
	printLines(w.out, "broken: ", a.Broken)
	printLines(w.out, "broken: no line has the hash ", a.Missing)
	printLines(w.out, "note: ", a.Notes)
	if len(a.Broken)+len(a.Missing) == 0 {
		fmt.Fprintf(w.out, "As they were written: %s in %s.\n", many(a.Lines, "line"), many(a.Files, "file"))
	}
	for _, chain := range slices.Sorted(maps.Keys(a.Heads)) {
		fmt.Fprintf(w.out, "%s ends at %s\n", printable(chain), a.Heads[chain])
	}
}
