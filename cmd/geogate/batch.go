package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxLine bounds a line of a batch. A longer one is answered with an error.
const maxLine = 1 << 20

// batch answers questions, one line out for each line in, in the order of the input.
type batch struct {
	// answer appends one JSON object for a line. The line is only valid during the call.
	answer func(dst, line []byte) ([]byte, error)
}

// run answers all lines of a file ("-": standard input). Lines that cannot be answered get an object with the
// member "error", and fail the whole at its end.
func (b batch) run(w *world, file string) error {
	in, size, err := openInput(w, file)
	if err != nil {
		return err
	}
	defer in.Close()
	bar := newProgress(w, size)
	defer bar.finish()
	out := bufio.NewWriterSize(w.out, 256<<10)
	bad, err := b.lines(bufio.NewReaderSize(in, 256<<10), out, bar)
	if err := errors.Join(err, out.Flush()); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%s could not be answered: look for \"error\" in the output", many(bad, "line"))
	}
	return nil
}

// lines answers until the input ends. What is answered is written out whenever nothing more has been read, so
// that a program that asks line by line over a pipe gets its answers.
func (b batch) lines(r *bufio.Reader, w *bufio.Writer, bar *progress) (bad int, err error) {
	var out, long []byte
	for n := 1; ; n++ {
		line, err := nextLine(r, &long)
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return bad, nil
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLongLine) {
			return bad, fmt.Errorf("line %d: %w", n, err)
		}
		bar.add(len(line))
		fault := err
		if out = out[:0]; !errors.Is(err, errLongLine) {
			out, fault = b.answer(out, line)
		}
		if fault != nil {
			bad++
			out = appendError(out[:0], n, fault)
		}
		if _, err := w.Write(append(out, '\n')); err != nil {
			return bad, err
		}
		if r.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return bad, err
			}
		}
	}
}

var errLongLine = fmt.Errorf("the line is longer than %d octets", maxLine)

// nextLine returns the next line without its end; long keeps the pieces of one that is larger than the
// buffer. The last line may lack its end: then it comes with a nil error, and io.EOF follows.
func nextLine(r *bufio.Reader, long *[]byte) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return trimEnd(line, err)
	}
	*long = append((*long)[:0], line...)
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = r.ReadSlice('\n')
		if len(*long) <= maxLine {
			*long = append(*long, line...)
		}
	}
	if len(*long) > maxLine {
		return nil, errLongLine
	}
	return trimEnd(*long, err)
}

func trimEnd(line []byte, err error) ([]byte, error) {
	if err == nil {
		line = line[:len(line)-1]
	} else if errors.Is(err, io.EOF) && len(line) > 0 {
		err = nil
	}
	return line, err
}

func appendError(dst []byte, n int, fault error) []byte {
	dst = append(dst, `{"error":`...)
	dst = appendJSON(dst, fmt.Sprintf("line %d: %v", n, fault))
	return append(dst, '}')
}

// appendMember appends `,"name":"value"`, or the first member of an object.
func appendMember(dst []byte, name, value string) []byte {
	sep := byte(',')
	if len(dst) == 0 {
		sep = '{'
	}
	dst = append(append(append(dst, sep, '"'), name...), `":`...)
	return appendJSON(dst, value)
}

// appendJSON appends a JSON string.
func appendJSON(dst []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic(err) // a string always encodes
			}
			return append(dst, quoted...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

// openInput opens a file and tells its size; -1: not known.
func openInput(w *world, file string) (io.ReadCloser, int64, error) {
	if file == "-" {
		return io.NopCloser(w.in), -1, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return f, -1, nil
	}
	return f, info.Size(), nil
}
