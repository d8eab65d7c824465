package proxy

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"geogate/rules"
)

// passwords holds passwords against their hashes, which are made to be slow. Only a few are worked on at a
// time, so that a flood of binds cannot take every processor from the traffic, and the system_ids take turns, so that
// whoever guesses at one, from however many addresses, does not keep the others waiting. A password that was right
// is remembered, so that a thousand sessions that return at once do not pay again. What is remembered is a
// keyed digest, under a key that lives as long as the process.
type passwords struct {
	turns   *turns
	key     [sha256.Size]byte
	matches func(hash string, password []byte) (bool, error) // does the work

	mu      sync.Mutex
	right   map[digest]struct{}
	awaited map[digest]*awaited
}

type digest [sha256.Size]byte

// awaited is a password that somebody waits to have verified.
type awaited struct {
	waiting int
	found   context.Context // ends when it is found right
	end     context.CancelFunc
}

// rememberedPasswords bounds what is remembered; over it all is forgotten and learnt again.
const rememberedPasswords = 1 << 14

func newPasswords() *passwords {
	p := &passwords{
		turns: newTurns(max(1, runtime.GOMAXPROCS(0)/2)), matches: matches,
		right: map[digest]struct{}{}, awaited: map[digest]*awaited{},
	}
	rand.Read(p.key[:]) // never fails: crypto/rand ends the process instead
	return p
}

// errHash says that a hash cannot be worked with. It never repeats the hash.
var errHash = errors.New(
	"the password hash is neither argon2id nor bcrypt in a form that can be read, or costs too much",
)

// known reports whether password was found to belong to hash before.
func (p *passwords) known(hash rules.Secret, password []byte) bool {
	d := p.digest(hash, password)
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.right[d]
	return ok
}

// untilKnown returns a context that ends with ctx, and also once the password is found right: of those who bring one
// password only the first has to wait for a turn. done is called when nobody waits by it any more.
func (p *passwords) untilKnown(
	ctx context.Context, hash rules.Secret, password []byte,
) (known context.Context, done func()) {
	d := p.digest(hash, password)
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.awaited[d]
	if a == nil {
		a = &awaited{}
		a.found, a.end = context.WithCancel(context.Background())
		p.awaited[d] = a
	}
	a.waiting++
	known, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(a.found, cancel)
	return known, func() {
		stop()
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		if a.waiting--; a.waiting == 0 && p.awaited[d] == a {
			a.end()
			delete(p.awaited, d)
		}
	}
}

// verify reports whether password belongs to hash, which is systemID's. It waits for its turn until ctx ends; the
// error is ctx's, or says that too many wait for the same system_id, or that the hash cannot be read.
func (p *passwords) verify(
	ctx context.Context, systemID string, hash rules.Secret, password []byte,
) (bool, error) {
	if err := p.turns.take(ctx, systemID); err != nil {
		return false, err
	}
	defer p.turns.give()
	if p.known(hash, password) { // by now
		return true, nil
	}
	ok, err := p.matches(hash.Reveal(), password)
	if ok {
		p.remember(p.digest(hash, password))
	}
	return ok, err
}

func (p *passwords) digest(hash rules.Secret, password []byte) (sum digest) {
	mac := hmac.New(sha256.New, p.key[:])
	mac.Write([]byte(hash.Reveal()))
	mac.Write([]byte{0})
	mac.Write(password)
	mac.Sum(sum[:0])
	return sum
}

func (p *passwords) remember(d digest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.right) >= rememberedPasswords {
		clear(p.right)
	}
	p.right[d] = struct{}{}
	if a := p.awaited[d]; a != nil {
		a.end()
		delete(p.awaited, d)
	}
}

// matches reports whether password belongs to hash.
func matches(hash string, password []byte) (bool, error) {
	if strings.HasPrefix(hash, "$argon2id$") {
		return matchesArgon2id(hash, password)
	}
	if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost > maxBcryptCost {
		return false, errHash
	}
	err := bcrypt.CompareHashAndPassword([]byte(hash), password)
	if err == nil {
		return true, nil
	}
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return false, errHash
}

// The most that a hash may cost: what is written for one bind must not take the machine down, nor keep the
// others waiting for days.
const (
	maxArgonMemory = 1 << 20 // KiB
	maxArgonTime   = 64
	maxBcryptCost  = 15 // two seconds
)

// matchesArgon2id reads $argon2id$v=19$m=65536,t=3,p=4$salt$key, salt and key in base64 without padding.
func matchesArgon2id(hash string, password []byte) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[2] != "v=19" {
		return false, errHash
	}
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil {
		return false, errHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	switch {
	case saltErr != nil || keyErr != nil || len(key) < 16 || len(key) > 1024:
		return false, errHash
	case memory > maxArgonMemory || time < 1 || time > maxArgonTime || threads < 1:
		return false, errHash
	}
	got := argon2.IDKey(password, salt, time, memory, threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1, nil
}
