package admin

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"geogate/config/store"
	"geogate/rules"
	"geogate/rules/numplan"
)

// view is the policy as it is written, and compiled.
type view struct {
	written rules.Written
	policy  *rules.Policy
	faults  []rules.Fault
}

// reader reads the policy when it may have changed. What it compiles is what is written, whether the proxy has it in
// force yet or not.
type reader struct {
	store *store.Store

	mu       sync.Mutex
	compiler *rules.Compiler
	last     *view
	at       uint64 // revision in force before the last reading
	stale    bool   // read to be changed: what is in force may not be it yet
}

func newReader(s *store.Store) *reader {
	return &reader{store: s, compiler: rules.NewCompiler(numplan.Default())}
}

// view returns what is written. While Redis is away, that is what it last was.
func (r *reader) view(ctx context.Context) (*view, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	status := r.store.Status()
	if r.last != nil && !r.stale && status.InStep && status.Revision == r.at {
		return r.last, nil
	}
	written, err := r.store.Load(ctx)
	if err != nil {
		if r.last != nil && status.Mode == store.Away {
			return r.last, nil
		}
		return nil, storeProblem(err)
	}
	policy, faults := r.compiler.Replace(written)
	r.last, r.at, r.stale = &view{written, policy, faults}, status.Revision, false
	return r.last, nil
}

// hash returns what is written for an account, or for the platform.
func (v *view) hash(id string) (map[string]string, bool) {
	if id == rules.PlatformAccount {
		return v.written.Platform, true
	}
	hash, ok := v.written.Accounts[id]
	return hash, ok
}

// within reports whether an account is another, or below it, as it is written.
func (v *view) within(id, top string) bool {
	for range len(v.written.Accounts) + 1 { // a cycle is a fault, not a hang
		if id == top {
			return true
		}
		if id = v.written.Accounts[id]["parent"]; id == "" {
			return false
		}
	}
	return false
}

// account returns the hash of an account that p may see. To a customer, those of others are not there.
func (v *view) account(p *principal, id string) (map[string]string, error) {
	hash, ok := v.hash(id)
	if !ok || !v.sees(p, id) {
		return nil, noAccount(id)
	}
	return hash, nil
}

func (v *view) sees(p *principal, id string) bool {
	return !p.customer() || id != rules.PlatformAccount && v.within(id, p.account)
}

// above is what customers read in place of the names of accounts that are not theirs.
const above = "above"

// nameFor is an account's name as far as p may know it.
func (v *view) nameFor(p *principal, id string) string {
	if id == "" || v.sees(p, id) {
		return id
	}
	return above
}

// children lists the accounts right below one.
func (v *view) children(id string) []string {
	list := []string{}
	for child, hash := range v.written.Accounts {
		if hash["parent"] == id {
			list = append(list, child)
		}
	}
	slices.Sort(list)
	return list
}

// binds lists the system_ids whose credential names an account.
func (v *view) binds(id string) []string {
	list := []string{}
	for systemID, hash := range v.written.Binds {
		if hash["account"] == id {
			list = append(list, systemID)
		}
	}
	slices.Sort(list)
	return list
}

// revisionOf is a digest of what a key holds.
func revisionOf(hash map[string]string) string {
	sum := sha256.New()
	for _, field := range slices.Sorted(maps.Keys(hash)) {
		fmt.Fprintf(sum, "%d:%s%d:%s", len(field), field, len(hash[field]), hash[field])
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8])
}

// membersRevision is a digest of what a group holds.
func membersRevision(members []string) string {
	fields := map[string]string{}
	for _, m := range members {
		fields[m] = ""
	}
	return revisionOf(fields)
}

func etag(revision string) string { return `"` + revision + `"` }

// holds reports whether an If-Match holds for a revision (RFC 9110 s.13.1.1). None at all holds for everything.
func holds(ifMatch, revision string, exists bool) bool {
	if ifMatch == "" {
		return true
	}
	for one := range strings.SplitSeq(ifMatch, ",") {
		one = strings.TrimSpace(one)
		if exists && (one == "*" || one == etag(revision) || one == revision) {
			return true
		}
	}
	return false
}

// loaded is the problem of a node without any policy.
func loaded(p *rules.Policy) error {
	if p == nil {
		return problem(http.StatusServiceUnavailable, "no policy was loaded yet", "see to Redis: GET /v1/status tells what is wrong")
	}
	return nil
}

// fresh reads what Redis holds now.
func (r *reader) fresh(ctx context.Context) (*view, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	written, err := r.store.Load(ctx)
	if err != nil {
		return nil, storeProblem(err)
	}
	policy, faults := r.compiler.Replace(written)
	r.last, r.at, r.stale = &view{written, policy, faults}, 0, true
	return r.last, nil
}
