package main

import (
	"fmt"
	"strings"
)

// maxPassword is the longest password that a bind can carry (SMPP 3.4 s.5.2.2), without its NUL.
const maxPassword = 8

// readPassword reads a password that SMPP can carry.
func readPassword(w *world, what string) (string, error) {
	password, err := readSecret(w, what)
	switch {
	case err != nil:
		return "", err
	case password == "":
		return "", fmt.Errorf("%s: it is empty", what)
	case len(password) > maxPassword:
		return "", fmt.Errorf("%s: it has %d characters, and an SMPP bind carries %d at most",
			what, len(password), maxPassword)
	case strings.ContainsRune(password, 0):
		return "", fmt.Errorf("%s: it holds a NUL", what)
	}
	return password, nil
}

// passwordKind says who judges a password, without the hash.
func passwordKind(hash string) string {
	switch {
	case hash == "":
		return "message centre"
	case strings.HasPrefix(hash, "$argon2id$"):
		return "argon2id"
	}
	return "bcrypt"
}
