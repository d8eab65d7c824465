package record

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Report is what Verify found.
type Report struct {
	Files  int
	Lines  uint64
	Notes  []string        // worth knowing, and no fault
	Heads  map[string]Seal // of each chain: the seal of its last line
	Broken []Fault         // of each chain: the first line that is not as it was written
	seen   map[Seal]bool   // that was looked for
}

// Fault is a line that is not as it was written.
type Fault struct {
	File    string
	Line    int // from 1; 0: the file as a whole
	Problem string
}

// String names the line as compilers do.
func (f Fault) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Problem
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Problem)
}

// Has reports whether a seal that Verify was asked about ends a line.
func (r *Report) Has(s Seal) bool { return r.seen[s] }

// Files lists the files of the record that paths name, those of directories included, each chain from its oldest.
func Files(paths ...string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, err
		case !info.IsDir():
			files = append(files, path)
			continue
		}
		list, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		for _, entry := range list {
			if _, _, ok := parseName(entry.Name()); ok {
				files = append(files, filepath.Join(path, entry.Name()))
			}
		}
	}
	slices.SortStableFunc(files, func(a, b string) int {
		chainA, numberA, _ := parseName(a)
		chainB, numberB, _ := parseName(b)
		return cmp.Or(cmp.Compare(filepath.Dir(a), filepath.Dir(b)), cmp.Compare(chainA, chainB),
			cmp.Compare(numberA, numberB))
	})
	return slices.Compact(files), nil
}

// link is where a chain stands between two of its files.
type link struct {
	chain string
	file  uint64
	seal  Seal
	whole bool // nothing of it was broken
}

// Verify holds every line of the files against the one before it. heads are seals to look for.
func Verify(files []string, heads ...Seal) (*Report, error) {
	r := &Report{Heads: map[string]Seal{}, seen: map[Seal]bool{}}
	for _, h := range heads {
		r.seen[h] = false
	}
	var last *link
	for _, path := range files {
		c := &checker{report: r, path: path}
		next, err := c.file(last)
		if err != nil {
			return nil, err
		}
		r.Files++
		last = next
	}
	return r, nil
}

// checker reads one file.
type checker struct {
	report *Report
	path   string
	line   int
	seal   Seal
	first  firstLine
	broken bool

	torn   []byte // lines that fit nothing, until one says that they are torn
	tornAt int    // the first of them; 0: none
}

func (c *checker) fault(line int, problem string) {
	if !c.broken {
		c.report.Broken = append(c.report.Broken, Fault{c.path, line, problem})
	}
	c.broken = true
}

func (c *checker) note(format string, args ...any) {
	c.report.Notes = append(c.report.Notes, fmt.Sprintf("%s:%d: ", c.path, c.line)+fmt.Sprintf(format, args...))
}

// file reads the file to its end or to its first broken line.
func (c *checker) file(last *link) (*link, error) {
	f, err := os.Open(c.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	for !c.broken {
		line, whole, err := readLine(in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.path, err)
		}
		if line == nil {
			break
		}
		c.line++
		c.take(line, whole, last)
	}
	switch {
	case c.line == 0:
		c.fault(0, "is empty: its lines were removed")
	case c.torn != nil:
		c.fault(c.tornAt, "is not as it was written")
	}
	return c.end(), nil
}

// take holds one line against the chain.
func (c *checker) take(line []byte, whole bool, last *link) {
	if c.line == 1 {
		c.begin(line, last)
	}
	next, ok := c.seal.follows(line)
	switch _, sealed := sealOf(line); {
	case c.broken:
	case !whole:
		c.fault(cmp.Or(c.tornAt, c.line), "is cut off: its process died, and the node marks it when it starts again, "+
			"or it is being written")
	case ok && c.torn != nil && !parseTorn(line).marks(c.torn):
		c.fault(c.tornAt, "is not as it was written")
	case ok && c.torn == nil && parseTorn(line).Kind == Torn:
		c.fault(c.line, "marks a line that is missing")
	case ok:
		c.accept(line, next)
	case sealed || c.line == 1:
		c.fault(cmp.Or(c.tornAt, c.line), "is not as it was written")
	case c.torn == nil:
		c.torn, c.tornAt = bytes.Clone(line), c.line
	default:
		c.torn = append(append(c.torn, '\n'), line...)
	}
}

// accept goes on from a good line.
func (c *checker) accept(line []byte, next Seal) {
	c.seal = next
	c.report.Lines++
	if _, asked := c.report.seen[next]; asked {
		c.report.seen[next] = true
	}
	switch {
	case c.torn != nil:
		c.note("the line before was torn when its process died: %d octets", len(c.torn))
		c.torn, c.tornAt = nil, 0
	case kindOf(line) == Gap:
		var e Entry
		_ = json.Unmarshal(line, &e) // its seal is good: it is what we wrote
		c.note("events are missing: %d found the buffer full, %d could not be written", e.Dropped, e.Lost)
	}
}

// begin reads the first line, which says where the chain is to go on from.
func (c *checker) begin(line []byte, last *link) {
	first, err := parseFirst(line)
	if err != nil {
		c.fault(1, err.Error())
		return
	}
	previous, ok := parseSeal([]byte(first.Previous))
	if !ok || previous.String() != first.Previous {
		c.fault(1, "is not as it was written")
		return
	}
	c.first, c.seal = first, previous
	if _, number, ok := parseName(c.path); ok && number != first.File {
		c.fault(1, fmt.Sprintf("is of file %d, and not of this one", first.File))
		return
	}
	c.join(previous, last)
}

// join holds the first line against the file before.
func (c *checker) join(previous Seal, last *link) {
	n := c.first.File
	switch {
	case last == nil || last.chain != c.first.Chain:
		if previous != (Seal{}) {
			c.note("goes on from file %d of %s, which was not given", n-1, c.first.Chain)
		}
	case last.file == n:
		c.fault(1, fmt.Sprintf("is a second file %d of %s", n, c.first.Chain))
	case last.file+1 != n:
		c.fault(1, fmt.Sprintf("files %d to %d of %s are missing before it", last.file+1, n-1, c.first.Chain))
	case last.whole && last.seal != previous:
		c.fault(1, fmt.Sprintf("does not go on from the end of file %d: lines were removed there", last.file))
	}
}

// end is where the next file has to go on.
func (c *checker) end() *link {
	if c.first.Chain == "" {
		return nil
	}
	if !c.broken {
		c.report.Heads[c.first.Chain] = c.seal
	}
	return &link{c.first.Chain, c.first.File, c.seal, !c.broken}
}

func parseTorn(line []byte) (t tornLine) {
	if bytes.HasPrefix(line, []byte(`{"kind":"`+Torn)) {
		_ = json.Unmarshal(line, &t) // what does not parse marks nothing
	}
	return t
}

// kindOf reads the kind of a good line.
func kindOf(line []byte) Kind {
	line = bytes.TrimPrefix(line, []byte(`{"kind":"`))
	kind, _, _ := bytes.Cut(line, []byte(`"`))
	return Kind(kind)
}

// tornLimit bounds a line that is not ours: what a power cut leaves can be a run of zeros.
const tornLimit = 64 << 20

// readLine returns the next line without its newline, and whether it had one; nil at the end.
func readLine(in *bufio.Reader) (line []byte, whole bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if err == nil && line == nil {
			return part[:len(part)-1], true, nil
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], true, nil
		case errors.Is(err, io.EOF):
			return line, false, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, false, err
		case len(line) > tornLimit:
			return nil, false, fmt.Errorf("a line of more than %d octets", tornLimit)
		}
	}
}
