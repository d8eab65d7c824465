// Package secret hashes passwords and tokens with argon2id, and makes tokens.
package secret

import (
	"crypto/rand"
	"crypto/subtle"
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

// Hash hashes with argon2id, in the usual text form.
func Hash(text string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails: crypto/rand ends the process instead
	return hash(text, salt)
}

func hash(text string, salt []byte) string {
	key := argon2.IDKey([]byte(text), salt, argonPasses, argonMemory, argonThreads, argonKey)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, argonMemory, argonPasses, argonThreads, encode(salt), encode(key))
}

// Matches reports whether a text belongs to what Hash made of it. A hash of any other cost or form does not
// match: what stands in Redis does not choose what a request costs.
func Matches(of, text string) bool {
	parts := strings.Split(of, "$")
	if len(parts) != 6 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(salt) != argonSalt {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(hash(text, salt)), []byte(of)) == 1
}

// The form of a token: gg_ID_SECRET. The ID finds its entry, the secret is what is hashed.
const (
	tokenMark    = "gg_"
	idOctets     = 8
	secretOctets = 32
)

// NewToken makes a token. Only its hash is to be kept.
func NewToken() (id, text string) {
	random := make([]byte, idOctets+secretOctets)
	rand.Read(random)
	id = fmt.Sprintf("%x", random[:idOctets])
	return id, tokenMark + id + "_" + base64.RawURLEncoding.EncodeToString(random[idOctets:])
}

// TokenID returns the id of a token; false where the text has not the form of one.
func TokenID(text string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(text, tokenMark)
	if !ok || len(text) != len(tokenMark)+2*idOctets+1+base64.RawURLEncoding.EncodedLen(secretOctets) {
		return "", false
	}
	id, _, ok = strings.Cut(rest, "_")
	return id, ok && len(id) == 2*idOctets && strings.Trim(id, "0123456789abcdef") == ""
}
