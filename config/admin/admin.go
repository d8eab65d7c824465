// Package admin is the HTTP API: what operations staff, account managers and customers see of the policy, and how
// they change it. Every change is one edit of Redis by the documented schema, in the same MULTI as its entry in the
// log: what is changed here and what is changed with redis-cli live side by side.
package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"geogate/config/store"
)

// Options are what the API shows and changes. All but Store may be left out.
type Options struct {
	Store *store.Store
	// Status is what the node tells of itself; it is shown as JSON.
	Status func() any
	// Sessions lists the sessions that live.
	Sessions func() []Session
	// Refusals are the latest refusals of this node.
	Refusals *Refusals
	// RecordDir is where the audit record is, for previews; empty: there is none.
	RecordDir string
	// StatusName names a command_status, as ESME_RINVDSTADR.
	StatusName func(status uint32) string
	// Rate is how many requests a second an address, and a token, may send on average. Default 50.
	Rate int
	// Logger is told of changes and of what was refused; nil: nobody.
	Logger *zap.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Server is the API.
type Server struct {
	Options
	log        *zap.Logger
	reader     *reader
	gate       *gate
	perToken   *limits
	perAddress *limits
	previews   chan struct{} // the record is read by few at a time
	mux        *http.ServeMux
	api        huma.API
}

// Version is that of the API, as /openapi.json tells it.
const Version = "1.0.0"

const description = "Geo permissions of SMPP accounts: who may send where, why, and what a change would do. " +
	"Errors are problem+json (RFC 9457) and name their cure. Revisions are digests of what Redis holds: " +
	"they also change when somebody else changes a key with redis-cli."

// New makes the API.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.Rate == 0 {
		o.Rate = 50
	}
	if o.StatusName == nil {
		o.StatusName = func(uint32) string { return "" }
	}
	if o.Refusals == nil {
		o.Refusals = NewRefusals()
	}
	s := &Server{
		Options: o, log: o.Logger, reader: newReader(o.Store), gate: newGate(o.Store, o.Now),
		perToken:   newLimits(rate.Limit(o.Rate), 2*o.Rate, o.Now),
		perAddress: newLimits(rate.Limit(o.Rate), 4*o.Rate, o.Now),
		previews:   make(chan struct{}, previewsAtATime),
		mux:        http.NewServeMux(),
	}
	useProblems()
	config := huma.DefaultConfig("Geogate", Version)
	config.Info.Description = description
	config.CreateHooks, config.DocsPath, config.SchemasPath = nil, "", "" // the docs page loads scripts of others
	config.RejectUnknownQueryParameters = true
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "a token that geogate token create made"},
		"basic": {Type: "http", Scheme: "basic", Description: "the account's id and a token, as Twilio's clients send them"},
	}
	s.api = humago.New(s.mux, config)
	s.api.UseMiddleware(s.admit)
	s.routes()
	return s
}

// OpenAPI is the description of the API, as /openapi.json serves it.
func (s *Server) OpenAPI() ([]byte, error) { return json.MarshalIndent(s.api.OpenAPI(), "", "  ") }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if wait := s.perAddress.take(addressKey(r.RemoteAddr)); wait > 0 {
		tooMany("too many requests from this address", wait).(*Problem).write(w)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.unrouted(r).write(w)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// unrouted is the answer where there is no such operation.
func (s *Server) unrouted(r *http.Request) *Problem {
	var allowed []string
	for _, method := range []string{"GET", "PUT", "POST", "PATCH", "DELETE"} {
		probe := *r
		probe.Method = method
		if _, pattern := s.mux.Handler(&probe); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		return problem(http.StatusMethodNotAllowed, r.Method+" is not for this path", "use "+strings.Join(allowed, " or "))
	}
	return problem(http.StatusNotFound, "there is no such path", "/openapi.json lists all of them")
}

// operation is what all operations say of themselves.
type operation struct {
	method, path, id, summary string
	role                      Role
	tag                       string
	errors                    []int
	basic                     bool
}

// usualErrors are those that every operation may answer with.
var usualErrors = []int{
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
	http.StatusServiceUnavailable,
}

// bodyErrors are those that an operation with a body may answer with besides.
var bodyErrors = []int{
	http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
}

// register adds an operation. What it is given is who asks, checked against the role.
func register[I, O any](s *Server, o operation, do func(ctx context.Context, p *principal, in *I) (*O, error)) {
	op := huma.Operation{
		Method: o.method, Path: o.path, OperationID: o.id, Summary: o.summary, Tags: []string{o.tag},
		Description: "Role: " + string(o.role) + ".",
		Metadata:    map[string]any{metaRole: o.role},
		Security:    []map[string][]string{{"token": {}}},
		Errors:      append(slices.Clip(usualErrors), o.errors...),
	}
	if o.method != get && o.method != remove {
		op.Errors = append(op.Errors, bodyErrors...)
	}
	if o.basic {
		op.Metadata[metaBasic] = true
		op.Security = []map[string][]string{{"basic": {}}}
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		p, _ := ctx.Value(principalKey{}).(*principal)
		out, err := do(ctx, p, in)
		if bad, ok := err.(*Problem); ok && bad.Status == http.StatusServiceUnavailable && p.customer() {
			err = problem(bad.Status, "the permissions cannot be read or changed just now", "repeat the request a little later")
		}
		if bad, ok := err.(*Problem); ok && o.basic {
			err = asTwilio(bad)
		}
		return out, err
	})
}

func writeJSON(ctx huma.Context, status int, contentType string, v any) {
	ctx.SetHeader("Content-Type", contentType)
	ctx.SetStatus(status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(v) // whoever asked has gone
}

// body is an answer without headers of its own.
type body[T any] struct {
	Body T
}

func answer[T any](v T) (*body[T], error) { return &body[T]{v}, nil }
