// Package geogate holds no code: only the test that keeps ARCHITECTURE.md's import table true.
package geogate

import (
	"bufio"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "geogate/"

// room is one row of the import table.
type room struct {
	mayImport map[string]bool // rooms of ours; "all" stands for every one
	never     []string        // import paths, and everything below them
}

// TestImportTable reads the sources itself: `go list` inside a test would answer from a stale cache.
func TestImportTable(t *testing.T) {
	table := readTable(t, "ARCHITECTURE.md")
	packages := sources(t)
	for dir, files := range packages {
		row, ok := table[dir]
		if !ok {
			t.Errorf("%s is not in the import table of ARCHITECTURE.md: add a row that says what may live there", dir)
			continue
		}
		for _, file := range files {
			for _, path := range imports(t, file) {
				if fault := row.fault(dir, path, strings.HasSuffix(file, "_test.go")); fault != "" {
					t.Errorf("%s imports %s: %s", file, path, fault)
				}
			}
		}
	}
	for dir := range table {
		if packages[dir] == nil {
			t.Errorf("ARCHITECTURE.md has a row for %s, which holds no Go file", dir)
		}
	}
}

// TestImportTableCanFail holds a row against imports that it forbids.
func TestImportTableCanFail(t *testing.T) {
	row := room{mayImport: map[string]bool{"smpp": true}, never: []string{"net"}}
	for path, allowed := range map[string]bool{
		"geogate/smpp":  true,
		"geogate/rules": false,
		"net":           false,
		"net/http":      false,
		"net/netip":     true,
		"strings":       true,
	} {
		if got := row.fault("proxy", path, false) == ""; got != allowed {
			t.Errorf("import of %s allowed = %v, want %v", path, got, allowed)
		}
	}
}

// fault says why the package in dir may not import path; "" when it may. Tests may also use the scripted peers and
// the test servers, and any package from outside.
func (r room) fault(dir, path string, test bool) string {
	if ours, ok := strings.CutPrefix(path, module); ok {
		helper := test && (ours == dir || strings.HasSuffix(ours, "test"))
		if r.mayImport[ours] || r.mayImport["all"] || helper {
			return ""
		}
		return "the import table does not allow it"
	}
	if test || path == "net/netip" { // values, which open nothing
		return ""
	}
	for _, banned := range r.never {
		if path == banned || strings.HasPrefix(path, banned+"/") {
			return "this room may never touch " + banned
		}
	}
	return ""
}

// readTable parses the rows "| `package` | what | may import | never |".
func readTable(t *testing.T, file string) map[string]room {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := map[string]room{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		cells := strings.Split(lines.Text(), "|")
		if len(cells) != 6 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		row := room{mayImport: map[string]bool{}, never: words(cells[4])}
		for _, name := range words(cells[3]) {
			row.mayImport[name] = true
		}
		table[words(cells[1])[0]] = row
	}
	if len(table) == 0 {
		t.Fatalf("%s holds no import table", file)
	}
	return table
}

// words returns the words of a cell that are written as `code`.
func words(cell string) []string {
	var found []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			found = append(found, part)
		}
	}
	return found
}

// sources maps each folder below the root that holds Go code to its files.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if dir := filepath.ToSlash(filepath.Dir(path)); strings.HasSuffix(path, ".go") && dir != "." {
			found[dir] = append(found[dir], path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}
