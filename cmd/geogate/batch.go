package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// question is one line of a batch. Absent indicators are those of the flags, 1 and 1 by default; an absent time is now.
type question struct {
	Account string     `json:"account"`
	Source  string     `json:"source_addr"`
	TON     *byte      `json:"dest_addr_ton"`
	NPI     *byte      `json:"dest_addr_npi"`
	Dest    string     `json:"destination_addr"`
	At      *time.Time `json:"at"`
	Dial    *string    `json:"dial"` // number only
}

func orByte(b *byte, otherwise byte) byte {
	if b == nil {
		return otherwise
	}
	return *b
}

// badLine is the answer to a line that cannot be read: it keeps the answers in step with the lines.
type badLine struct {
	Error string `json:"error"`
}

// maxLine is the longest line of a batch, in octets.
const maxLine = 1 << 20

// runBatch answers every line of a file, in order, one line for each. A bad line is answered with an error and makes
// the exit code 2, once all are answered.
func runBatch(w *world, file string, answer func(*question) (any, error)) error {
	in, size, err := openBatch(w, file)
	if err != nil {
		return err
	}
	defer in.Close()
	progress := newProgress(w, size)
	out := bufio.NewWriterSize(w.out, 64<<10)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	bad := 0
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		line := lines.Bytes()
		progress.add(len(line) + 1)
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		reply, err := answerLine(line, answer)
		if err != nil {
			bad++
			reply = badLine{err.Error()}
		}
		if err := encoder.Encode(reply); err != nil {
			return err
		}
	}
	progress.finish()
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d lines could not be answered: look for \"error\" in the output", bad)
	}
	return nil
}

func answerLine(line []byte, answer func(*question) (any, error)) (any, error) {
	var q question
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&q); err != nil {
		return nil, fmt.Errorf("not a question: %w", err)
	}
	return answer(&q)
}

// openBatch opens a file, or standard input for -, and tells its size where there is one.
func openBatch(w *world, file string) (io.ReadCloser, int64, error) {
	if file == "-" {
		return io.NopCloser(w.in), -1, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// progress is a bar on a terminal that is not the one the answers go to; elsewhere it is nothing.
type progress struct {
	bar  *progressbar.ProgressBar
	done int
}

// longBatch is the size from which a bar is worth its line.
const longBatch = 4 << 20

func newProgress(w *world, size int64) *progress {
	f, ok := w.err.(*os.File)
	out, isFile := w.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || size >= 0 && size < longBatch || isFile && term.IsTerminal(int(out.Fd())) {
		return &progress{}
	}
	return &progress{bar: progressbar.NewOptions64(size, progressbar.OptionSetWriter(f),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())}
}

func (p *progress) add(n int) {
	const step = 64 << 10
	if p.bar == nil {
		return
	}
	if p.done += n; p.done >= step {
		_ = p.bar.Add(p.done)
		p.done = 0
	}
}

func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
