package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"geogate/config/admin/secret"
)

// Role is what a token may do. A higher one may do all that a lower one may, but for customers, who see nothing
// beyond their account.
type Role string

// The roles.
const (
	Customer Role = "customer" // sees one account and those below it, and opens and closes what is not locked
	Viewer   Role = "viewer"   // sees everything, numbers masked
	Operator Role = "operator" // and changes rules and groups, suspends, freezes, undoes
	Admin    Role = "admin"    // and creates and deletes accounts, changes their settings, and credentials
)

// Roles lists the roles, the weakest first.
var Roles = []Role{Customer, Viewer, Operator, Admin}

var rank = map[Role]int{Customer: 0, Viewer: 1, Operator: 2, Admin: 3}

// Fields of a token in Redis.
const (
	FieldName    = "name"    // under which it stands in the log
	FieldRole    = "role"    // one of Roles
	FieldAccount = "account" // of a customer
	FieldHash    = "hash"    // argon2id
	FieldCreated = "created" // RFC 3339
	FieldExpires = "expires" // RFC 3339, or nothing
)

// principal is who asks.
type principal struct {
	id      string // of the token
	name    string
	role    Role
	account string // of a customer
}

func (p *principal) customer() bool { return p.role == Customer }

// mayAtLeast reports whether the role is at least another.
func (p *principal) mayAtLeast(r Role) bool { return rank[p.role] >= rank[r] }

// fullNumbers reports whether numbers are shown in full.
func (p *principal) fullNumbers() bool { return p.mayAtLeast(Operator) }

// who is the name under which changes stand in the log.
func (p *principal) who() string {
	if p.customer() {
		return p.name + customerMark + p.account + ")"
	}
	return p.name + " (api)"
}

// customerMark stands in the log before the account of a customer that made a change.
const customerMark = " (api, customer "

// Tokens is where tokens are kept.
type Tokens interface {
	Token(ctx context.Context, id string) (map[string]string, error)
}

// gate tells who asks.
type gate struct {
	tokens   Tokens
	now      func() time.Time
	failures *limits       // by address: attempts with what is no token
	turns    turns         // by address: one unknown token at a time
	hashing  chan struct{} // only a few hashes are worked on at a time

	mu    sync.Mutex
	right map[[sha256.Size]byte]string // digest of a token to the hash that it belongs to
	last  map[string]remembered        // what Redis last said of a token, for when it is away
}

type remembered struct {
	fields map[string]string
	at     time.Time
}

const (
	rememberedTokens = 4096
	// staleToken is how long a token is still good when Redis cannot be asked: the night shift has to see why.
	staleToken = 10 * time.Minute
	hashSlots  = 2
)

func newGate(tokens Tokens, now func() time.Time) *gate {
	return &gate{
		tokens: tokens, now: now, failures: newLimits(0.5, 10, now), hashing: make(chan struct{}, hashSlots),
		right: map[[sha256.Size]byte]string{}, last: map[string]remembered{},
	}
}

const guessed = "too many wrong tokens came from this address"

const howToAuthenticate = "send Authorization: Bearer TOKEN; geogate token create makes one"

// authenticate tells who sent a token from an address.
func (g *gate) authenticate(ctx context.Context, address, token string) (*principal, error) {
	if !g.hashed(token) { // else nothing is to be worked out, and no stranger of the same address locks it out
		if wait := g.failures.empty(address); wait > 0 {
			return nil, tooMany(guessed, wait)
		}
		done, err := g.turns.take(ctx, address)
		if err != nil {
			return nil, err
		}
		defer done()
		if wait := g.failures.empty(address); wait > 0 { // those before have used it up
			return nil, tooMany(guessed, wait)
		}
	}
	p, err := g.find(ctx, token)
	if err == nil && p == nil {
		g.failures.take(address)
		return nil, problem(http.StatusUnauthorized, "the token is not good: it is unknown, was taken back or has expired", howToAuthenticate)
	}
	return p, err
}

// find returns nil where the token is not good.
func (g *gate) find(ctx context.Context, token string) (*principal, error) {
	id, ok := secret.TokenID(token)
	if !ok {
		return nil, nil
	}
	fields, err := g.look(ctx, id)
	if err != nil || len(fields) == 0 {
		return nil, err
	}
	if expires := fields[FieldExpires]; expires != "" {
		if t, err := time.Parse(time.RFC3339, expires); err != nil || !g.now().Before(t) {
			return nil, nil
		}
	}
	role := Role(fields[FieldRole])
	if _, known := rank[role]; !known || (role == Customer) != (fields[FieldAccount] != "") {
		return nil, nil
	}
	if ok, err := g.matches(ctx, token, fields[FieldHash]); !ok {
		return nil, err
	}
	return &principal{id: id, name: cmp.Or(fields[FieldName], id), role: role, account: fields[FieldAccount]}, nil
}

// look asks Redis each time, so that a token that was taken back is refused at once.
func (g *gate) look(ctx context.Context, id string) (map[string]string, error) {
	fields, err := g.tokens.Token(ctx, id)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		if last, ok := g.last[id]; ok && g.now().Sub(last.at) < staleToken {
			return last.fields, nil
		}
		return nil, problem(http.StatusServiceUnavailable, "tokens cannot be looked up: "+err.Error(), "see to Redis, then repeat the request")
	}
	if len(fields) == 0 {
		delete(g.last, id)
		return nil, nil
	}
	if len(g.last) >= rememberedTokens {
		clear(g.last)
	}
	g.last[id] = remembered{fields, g.now()}
	return fields, nil
}

// hashed reports whether a token was right before. Whether it still is, find tells.
func (g *gate) hashed(token string) bool {
	digest := sha256.Sum256([]byte(token))
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.right[digest]
	return ok
}

// matches remembers what was right: each request would cost 20 ms of argon2id otherwise.
func (g *gate) matches(ctx context.Context, token, hash string) (bool, error) {
	digest := sha256.Sum256([]byte(token))
	g.mu.Lock()
	known, ok := g.right[digest]
	g.mu.Unlock()
	if ok && known == hash {
		return true, nil
	}
	select {
	case g.hashing <- struct{}{}:
		defer func() { <-g.hashing }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	right := secret.Matches(hash, token)
	g.mu.Lock()
	defer g.mu.Unlock()
	if !right {
		delete(g.right, digest)
		return false, nil
	}
	if len(g.right) >= rememberedTokens {
		clear(g.right)
	}
	g.right[digest] = hash
	return true, nil
}

func tooMany(detail string, wait int) error {
	p := problem(http.StatusTooManyRequests, detail, "wait as long as Retry-After says")
	p.retryAfter = wait
	return p
}

// Keys of what an operation's metadata says.
const (
	metaRole  = "role"
	metaBasic = "basic" // HTTP Basic, as Twilio's clients send it
)

type principalKey struct{}

// admit is the middleware that lets in who may.
func (s *Server) admit(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	basic := op.Metadata[metaBasic] != nil
	user, token, problem := credential(ctx.Header("Authorization"), basic)
	if problem != nil {
		s.refuse(ctx, problem)
		return
	}
	p, err := s.gate.authenticate(ctx.Context(), addressKey(ctx.RemoteAddr()), token)
	if err == nil {
		if wait := s.perToken.take(p.id); wait > 0 {
			err = tooMany("too many requests with this token", wait)
		}
	}
	if need, _ := op.Metadata[metaRole].(Role); err == nil && !p.mayAtLeast(need) {
		err = forbidden("the token has the role "+string(p.role)+", and "+string(need)+" is needed", "use a token with that role")
		s.log.Warn("refused", zap.String("operation", op.OperationID), zap.String("who", p.name), zap.String("role", string(p.role)))
	}
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	ctx = huma.WithValue(ctx, principalKey{}, p)
	next(huma.WithValue(ctx, userKey{}, user))
}

type userKey struct{}

// credential reads the Authorization header: a bearer token, or where basic is meant, a user and a token.
func credential(header string, basic bool) (user, token string, err error) {
	scheme, rest, _ := strings.Cut(header, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case header == "" && basic:
		err = problem(http.StatusUnauthorized, "there is no HTTP Basic authentication", "send the account's id as the user and a token as the password")
	case header == "":
		err = problem(http.StatusUnauthorized, "there is no token", howToAuthenticate)
	case strings.EqualFold(scheme, "Basic") && basic:
		raw, bad := base64.StdEncoding.DecodeString(rest)
		var ok bool
		if user, token, ok = strings.Cut(string(raw), ":"); bad != nil || !ok {
			err = problem(http.StatusUnauthorized, "the HTTP Basic authentication cannot be read", "send base64 of ACCOUNT:TOKEN")
		}
	case strings.EqualFold(scheme, "Bearer") && !basic:
		token = rest
	default:
		err = problem(http.StatusUnauthorized, "the Authorization header has another scheme than this operation takes", howToAuthenticate)
	}
	return user, token, err
}

// refuse answers without the operation.
func (s *Server) refuse(ctx huma.Context, err error) {
	p, ok := err.(*Problem)
	if !ok {
		p = problem(http.StatusServiceUnavailable, "the request was not served", "repeat it")
	}
	for name, values := range p.GetHeaders() {
		for _, v := range values {
			ctx.SetHeader(name, v)
		}
	}
	if ctx.Operation().Metadata[metaBasic] != nil {
		if p.Status == http.StatusUnauthorized {
			ctx.SetHeader("WWW-Authenticate", `Basic realm="geogate"`)
		}
		writeJSON(ctx, p.Status, "application/json", asTwilio(p))
		return
	}
	writeJSON(ctx, p.Status, problemType, p)
}
