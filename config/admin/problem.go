package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"geogate/config/store"
	"geogate/rules"
)

// Problem is an error as RFC 9457 spells it, with what to do about it.
type Problem struct {
	Type   string         `json:"type" doc:"always about:blank: status and detail say it all"`
	Title  string         `json:"title" doc:"the HTTP status in words"`
	Status int            `json:"status" doc:"the HTTP status"`
	Detail string         `json:"detail" doc:"what is wrong"`
	Cure   string         `json:"cure,omitempty" doc:"what to do about it"`
	Errors []ProblemField `json:"errors,omitempty" doc:"what is wrong with which part of the request"`

	retryAfter int // seconds
}

// ProblemField is one part of a request that is wrong.
type ProblemField struct {
	Location string `json:"location,omitempty" doc:"where in the request, as body.prefix"`
	Message  string `json:"message"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="geogate"`)
	}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	return h
}

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func problem(status int, detail, cure string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Cure: cure}
}

// write sends the problem where no operation of the API does it.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // whoever asked has gone
}

// cures are what to do about errors that the framework finds in a request.
var cures = map[int]string{
	http.StatusBadRequest:            "correct the request as errors says; /openapi.json describes every operation",
	http.StatusUnprocessableEntity:   "correct the parts that errors names; /openapi.json describes every operation",
	http.StatusUnsupportedMediaType:  "send JSON with Content-Type: application/json",
	http.StatusRequestEntityTooLarge: "send less at once: a request may have 1 MiB",
	http.StatusRequestTimeout:        "send the body without a pause",
	http.StatusNotAcceptable:         "accept application/json",
}

// useProblems has the framework spell its errors as this package does. It is the framework's one hook for that,
// and the same for every API of the process. The values of a request are not repeated: one may be a password.
var useProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		p := problem(status, detail, cures[status])
		for _, err := range errs {
			var detailed huma.ErrorDetailer
			switch {
			case err == nil:
			case errors.As(err, &detailed):
				d := detailed.ErrorDetail()
				p.Errors = append(p.Errors, ProblemField{d.Location, d.Message})
			default:
				p.Errors = append(p.Errors, ProblemField{Message: err.Error()})
			}
		}
		if status >= http.StatusInternalServerError && len(errs) > 0 {
			p.Detail, p.Errors = "the request could not be served", nil
		}
		return p
	}
	huma.NewErrorWithContext = func(_ huma.Context, status int, detail string, errs ...error) huma.StatusError {
		return huma.NewError(status, detail, errs...)
	}
})

// Problems that several operations have.
func notFound(what, id, cure string) error {
	return problem(http.StatusNotFound, fmt.Sprintf("there is no %s %q", what, id), cure)
}

func noAccount(id string) error {
	return notFound("account", id, "GET /v1/accounts lists those that this token may see")
}

func badRequest(detail, cure string) error { return problem(http.StatusBadRequest, detail, cure) }

func forbidden(detail, cure string) error { return problem(http.StatusForbidden, detail, cure) }

// changedMeanwhile is the answer to an If-Match that does not hold.
func changedMeanwhile(what, revision string) error {
	return problem(http.StatusPreconditionFailed, what+" was changed meanwhile",
		"GET it again, look whether your change still makes sense, and repeat it with If-Match: "+etag(revision))
}

// storeProblem says what Redis, or what it holds, has against an edit.
func storeProblem(err error) error {
	switch {
	case errors.Is(err, store.ErrChanged):
		return problem(http.StatusConflict, "somebody else changed the same at the same moment", "look again and repeat the request")
	case errors.Is(err, store.ErrMissing):
		return problem(http.StatusNotFound, err.Error(), "create it first")
	case errors.Is(err, store.ErrExists):
		return problem(http.StatusConflict, err.Error(), "change it instead, or choose another name")
	}
	return problem(http.StatusServiceUnavailable, "Redis did not take the request: "+err.Error(),
		"GET /v1/status tells how Redis is; what is in force stays in force")
}

// faultProblem says why a change would not come into force.
func faultProblem(faults []rules.Fault) error {
	p := problem(http.StatusUnprocessableEntity, "nothing was changed: it could not be in force", "correct what errors names")
	for _, f := range faults {
		p.Errors = append(p.Errors, ProblemField{Location: f.Key + " " + f.Field, Message: f.Error()})
	}
	return p
}
