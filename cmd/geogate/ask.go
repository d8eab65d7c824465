package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// ask wants a yes from whoever sits at the terminal. Where nobody does, the answer has to be given
// beforehand.
func ask(w *world, question string) error {
	if !isTerminal(w.in) {
		return fmt.Errorf("%s There is no terminal to ask: say --yes", question)
	}
	fmt.Fprintf(w.err, "%s [y/N] ", question)
	answer, err := readLine(w.in)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was changed: it was not confirmed")
}

// readSecret reads a password: from a terminal without showing it, otherwise the next line of standard input.
func readSecret(w *world, what string) (string, error) {
	if f, ok := w.in.(*os.File); ok && isTerminal(f) {
		fmt.Fprintf(w.err, "%s: ", what)
		secret, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(w.err)
		return string(secret), err
	}
	secret, err := readLine(w.in)
	if errors.Is(err, io.EOF) && secret == "" {
		return "", fmt.Errorf("%s: standard input ended before it", what)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	return strings.TrimSuffix(secret, "\r"), nil
}

// readLine takes one line, and not an octet more: what follows is for the next who reads.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); ; {
		n, err := r.Read(one)
		if n == 1 && one[0] == '\n' {
			return string(line), nil
		}
		line = append(line, one[:n]...)
		if err != nil {
			return string(line), err
		}
	}
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
