package geogate

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
)

// tests are the names of all test functions of the module.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, files := range sources(t) {
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range parsed.Decls {
				if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
					names[f.Name.Name] = true
				}
			}
		}
	}
	return names
}

// TestThreatModelIsTested demands that every test which docs/threats.md names exists.
func TestThreatModelIsTested(t *testing.T) {
	text, err := os.ReadFile("docs/threats.md")
	if err != nil {
		t.Fatal(err)
	}
	known, named := tests(t), regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1)
	for _, m := range named {
		if !known[m[1]] {
			t.Errorf("docs/threats.md names %s, which does not exist", m[1])
		}
	}
	if len(named) < 30 {
		t.Errorf("only %d tests are named", len(named))
	}
}

// TestConformanceSuiteIsWhole demands a test for every number of the list of faults: A frames, B fields, C states and
// binds, D traffic, E Redis, F process, G doors.
func TestConformanceSuiteIsWhole(t *testing.T) {
	numbered := regexp.MustCompile(`^TestConformance[A-G](\d+)`)
	have := map[string]bool{}
	for name := range tests(t) {
		if m := numbered.FindStringSubmatch(name); m != nil {
			have[m[1]] = true
		}
	}
	for _, number := range strings.Fields("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 " +
		"30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50") {
		if !have[number] {
			t.Errorf("no conformance test of number %s", number)
		}
	}
}
