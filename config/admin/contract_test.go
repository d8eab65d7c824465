package admin

import (
	"encoding/json"
	"mime"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// contract holds an answer against what /openapi.json says of it: the status, the content type, the schema.
func (d *desk) contract(request *http.Request, r reply) {
	d.t.Helper()
	_, pattern := d.api.mux.Handler(request)
	method, path, _ := strings.Cut(pattern, " ")
	spec := d.api.api.OpenAPI()
	item, ok := spec.Paths[path]
	if !ok || r.text == "" {
		return
	}
	op := map[string]*huma.Operation{"GET": item.Get, "PUT": item.Put, "POST": item.Post, "PATCH": item.Patch, "DELETE": item.Delete}[method]
	kind, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	said := op.Responses[strconv.Itoa(r.status)]
	if said == nil || said.Content[kind] == nil {
		d.t.Errorf("%s: %d with %s is not in /openapi.json", r.what, r.status, kind)
		return
	}
	var value any
	r.into(&value)
	var found huma.ValidateResult
	huma.Validate(spec.Components.Schemas, said.Content[kind].Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, &found)
	for _, err := range found.Errors {
		d.t.Errorf("%s: the answer is not as /openapi.json has it: %v: %s", r.what, err, r.text)
	}
}

// TestServedContract compares what is served with what is committed.
func TestServedContract(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	text, err := os.ReadFile("../../docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var served, committed any
	d.do("", "GET", "/openapi.json", "").want(200).into(&served)
	if err := json.Unmarshal(text, &committed); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(served, committed) {
		t.Error("/openapi.json is not docs/openapi.json")
	}
}
