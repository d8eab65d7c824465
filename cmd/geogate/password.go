package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of argon2id: the smallest that OWASP names, since a bind waits for it and thousands may come at
// once.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonThreads = 1
	argonSalt    = 16 // octets
	argonKey     = 32 // octets
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

// hashPassword hashes with argon2id, in the usual text form.
func hashPassword(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails: crypto/rand ends the process instead
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonThreads, argonKey)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, argonMemory, argonPasses, argonThreads, encode(salt), encode(key))
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
