package record

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tampering is one way to change the lines of a record, which all end in newlines; it returns the text, and the line
// from which on it differs, from 1.
type tampering struct {
	name string
	do   func(r *rand.Rand, lines [][]byte) (text []byte, at int)
}

var tamperings = []tampering{
	{"flip", func(r *rand.Rand, lines [][]byte) ([]byte, int) {
		i := r.IntN(len(lines))
		lines[i][r.IntN(len(lines[i]))] ^= 1 << r.IntN(8)
		return bytes.Join(lines, nil), i + 1
	}},
	{"remove", func(r *rand.Rand, lines [][]byte) ([]byte, int) {
		i := r.IntN(len(lines) - 1)
		return bytes.Join(slices.Delete(lines, i, i+1), nil), i + 1
	}},
	{"swap", func(r *rand.Rand, lines [][]byte) ([]byte, int) {
		i := r.IntN(len(lines) - 1)
		j := i + 1 + r.IntN(len(lines)-i-1)
		lines[i], lines[j] = lines[j], lines[i]
		return bytes.Join(lines, nil), i + 1
	}},
	{"repeat", func(r *rand.Rand, lines [][]byte) ([]byte, int) {
		i := r.IntN(len(lines))
		return bytes.Join(slices.Insert(lines, i, lines[i]), nil), i + 2
	}},
	{"cut inside", func(r *rand.Rand, lines [][]byte) ([]byte, int) {
		i := r.IntN(len(lines))
		from := r.IntN(len(lines[i]) - 1)
		lines[i] = append(lines[i][:from:from], lines[i][from+1+r.IntN(len(lines[i])-from-1):]...)
		return bytes.Join(lines, nil), i + 1
	}},
	{"cut the end off", func(r *rand.Rand, lines [][]byte) ([]byte, int) {
		i := r.IntN(len(lines))
		return append(bytes.Join(lines[:i], nil), lines[i][:1+r.IntN(len(lines[i])-1)]...), i + 1
	}},
	{"insert", func(r *rand.Rand, lines [][]byte) ([]byte, int) {
		i := r.IntN(len(lines))
		return bytes.Join(slices.Insert(lines, i, []byte("{}\n")), nil), i + 1
	}},
	{"write anew without the seal before", func(r *rand.Rand, lines [][]byte) ([]byte, int) {
		i := 1 + r.IntN(len(lines)-1)
		body := bytes.Replace(lines[i][:len(lines[i])-1-sealSize], []byte("n1"), []byte("n2"), 1)
		lines[i], _ = Seal{}.seal(body, 0)
		return bytes.Join(lines, nil), i + 1
	}},
}

// TestTampering changes one file of three in every way there is, and verify names it and the line. Lines that are cut
// off whole from the end of a file are told by the file after it.
func TestTampering(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	o := options(t)
	o.MaxSize = 8 << 10
	r := open(t, o)
	for i := 0; len(files(t, o.Dir)) < 3; i += 5 {
		fill(t, r, i, 5)
	}
	fill(t, r, 1000, 5)
	closed(t, r)
	list := files(t, o.Dir)
	sound(t, o.Dir)
	for n, path := range list {
		whole := read(t, path)
		for _, change := range tamperings {
			for range 60 {
				lines := bytes.SplitAfter(bytes.Clone(whole), []byte("\n"))
				lines = lines[:len(lines)-1] // behind the last newline
				text, at := change.do(random, lines)
				found := tampered(t, path, text, list)
				if len(found) == 0 || found[0].File != path || found[0].Line != at {
					t.Fatalf("%s in line %d of file %d: %v\n%s", change.name, at, n+1, found, text)
				}
			}
		}
		for lines := range 5 {
			text := bytes.Join(bytes.SplitAfter(whole, []byte("\n"))[:lines], nil)
			found := tampered(t, path, text, list)
			if n == len(list)-1 && lines > 0 {
				continue // of the newest file only the seal of its end tells: see TestHeads
			}
			if len(found) == 0 {
				t.Fatalf("file %d cut after line %d: not found", n+1, lines)
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sound(t, o.Dir)
}

func tampered(t *testing.T, path string, text []byte, list []string) []Fault {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return verify(t, list).Broken
}

// TestMissingFile: a file that was removed from between, or one that has another's name.
func TestMissingFile(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.MaxSize = 2 << 10
	r := open(t, o)
	fill(t, r, 0, 50)
	closed(t, r)
	list := files(t, o.Dir)
	without := slices.Delete(slices.Clone(list), 1, 2)
	if broken := verify(t, without).Broken; len(broken) != 1 || !strings.Contains(broken[0].String(), "files 2 to 2") {
		t.Error(broken)
	}
	moved := filepath.Join(o.Dir, fileName("n1", 99))
	if err := os.Rename(list[2], moved); err != nil {
		t.Fatal(err)
	}
	if broken := verify(t, []string{moved}).Broken; len(broken) != 1 {
		t.Error(broken)
	}
}

// TestHeads: a seal that was noted elsewhere tells that nothing was cut off before it.
func TestHeads(t *testing.T) {
	t.Parallel()
	o := options(t)
	r := open(t, o)
	fill(t, r, 0, 5)
	closed(t, r)
	head := sound(t, o.Dir).Heads["n1"]
	if r := verify(t, files(t, o.Dir), head); !r.Has(head) {
		t.Error("the last seal is not found")
	}
	path := files(t, o.Dir)[0]
	whole := read(t, path)
	cut := whole[:bytes.LastIndexByte(whole[:len(whole)-1], '\n')+1]
	if err := os.WriteFile(path, cut, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, files(t, o.Dir), head); r.Has(head) {
		t.Error("the seal of a line that was cut off is found")
	}
}

// TestSealSpelling: a seal has one spelling, so that no octet of a line can change unseen.
func TestSealSpelling(t *testing.T) {
	t.Parallel()
	line, _ := Seal{}.seal([]byte(`{"kind":"file"`), 0)
	line = line[:len(line)-1]
	if _, ok := (Seal{}).follows(line); !ok {
		t.Fatal("not accepted")
	}
	for i := range line {
		for bit := range 8 {
			line[i] ^= 1 << bit
			if _, ok := (Seal{}).follows(line); ok {
				t.Errorf("octet %d, bit %d: still accepted", i, bit)
			}
			line[i] ^= 1 << bit
		}
	}
}
