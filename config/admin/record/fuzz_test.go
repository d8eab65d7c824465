package record

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzVerify damages a file of the record: reading it never fails, and what is not as it was written is found, unless whole
// lines, or the end of one, are missing from its end, which only the seal of the last one tells.
func FuzzVerify(f *testing.F) {
	o := options(f)
	r := open(f, o)
	fill(f, r, 0, 5)
	closed(f, r)
	path := files(f, o.Dir)[0]
	whole := read(f, path)
	for _, seed := range []struct {
		from, n uint16
		put     string
	}{{0, 0, ""}, {200, 1, "x"}, {uint16(len(whole)), 0, "{}\n"}, {uint16(len(whole)) - 5, 5, ""}, {0, uint16(len(whole)), ""}, {30, 0, "\x00\n"}} {
		f.Add(seed.from, seed.n, []byte(seed.put))
	}
	f.Fuzz(func(t *testing.T, from, n uint16, put []byte) {
		start := min(int(from), len(whole))
		end := min(start+int(n), len(whole))
		text := bytes.Join([][]byte{whole[:start], put, whole[end:]}, nil)
		damaged := filepath.Join(t.TempDir(), filepath.Base(path))
		if err := os.WriteFile(damaged, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read([]string{damaged}, time.Time{}, func(*Entry) bool { return true }); err != nil {
			t.Fatal(err)
		}
		if found := verify(t, []string{damaged}).Broken; len(found) == 0 && !bytes.HasPrefix(whole, text) {
			t.Fatalf("not found:\n%s\nwas\n%s", text, whole)
		}
	})
}
