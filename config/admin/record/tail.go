package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// maxLine bounds a line of ours: two addresses of 64 octets, each at most six characters, and names that are short.
const maxLine = 64 << 10

// fileEnd is where a file of the record ended.
type fileEnd struct {
	begun time.Time
	seal  Seal   // of its last whole line
	size  int64  // with what is behind that line
	torn  []byte // what is behind it: a line that was cut off, or more where that befell its marker too
}

// readEnd looks at the first and the last sealed line of a file.
func readEnd(path string) (end fileEnd, err error) {
	f, err := os.Open(path)
	if err != nil {
		return end, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return end, err
	}
	end.size = info.Size()
	if end.begun, err = begunAt(f); err != nil {
		return end, err
	}
	from := max(0, end.size-2*maxLine)
	tail := make([]byte, end.size-from)
	if _, err := f.ReadAt(tail, from); err != nil && !errors.Is(err, io.EOF) {
		return end, err
	}
	for at := bytes.LastIndexByte(tail, '\n'); at >= 0; {
		start := bytes.LastIndexByte(tail[:at], '\n') + 1
		if seal, ok := sealOf(tail[start:at]); ok {
			end.seal, end.torn = seal, bytes.Clone(tail[at+1:])
			return end, nil
		}
		at = start - 1
	}
	return end, errors.New("it ends in no sealed line")
}

// begunAt reads when a file was begun from its first line.
func begunAt(f io.ReaderAt) (time.Time, error) {
	b := make([]byte, maxLine)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return time.Time{}, err
	}
	line, _, _ := bytes.Cut(b[:n], []byte("\n"))
	first, err := parseFirst(line)
	return first.Time, err
}

// firstLine is what the first line of a file says.
type firstLine struct {
	Kind     Kind      `json:"kind"`
	Time     time.Time `json:"time"`
	Node     string    `json:"node"`
	Version  int       `json:"version"`
	Chain    string    `json:"chain"`
	File     uint64    `json:"file"`
	Previous string    `json:"previous"`
}

func parseFirst(line []byte) (first firstLine, err error) {
	if err := json.Unmarshal(line, &first); err != nil || first.Kind != OpenFile {
		return first, errors.New("its first line does not begin a file of the record")
	}
	if first.Version != version {
		return first, fmt.Errorf("it has version %d of the format, and this program knows %d", first.Version, version)
	}
	return first, nil
}

// tornLine is what the line behind a torn one says.
type tornLine struct {
	Kind   Kind   `json:"kind"`
	Octets int    `json:"octets"`
	SHA256 string `json:"sha256"`
}

// hashOf is the hash of a torn line, as the line behind it gives it.
func hashOf(torn []byte) Seal { return sha256.Sum256(torn) }

// marks reports whether the line says of torn that it is.
func (t tornLine) marks(torn []byte) bool {
	return t.Kind == Torn && t.Octets == len(torn) && t.SHA256 == hashOf(torn).String()
}
