// Package console is the page that people work with: permissions by country, rules, the accounts, refusals as they
// happen, and what was changed. It is files alone, which the binary carries; all it knows and does goes through the
// HTTP API, with the token of whoever looks at it.
package console

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed ui
var embedded embed.FS

// Path is where the console lives.
const Path = "/console/"

// policy lets the page load what this server serves, and nothing else: no script of others, no frame around it, no
// form that goes elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the console under Path.
func Handler() http.Handler {
	files, err := fs.Sub(embedded, "ui")
	if err != nil {
		panic(err) // the name of an embedded directory
	}
	served := http.StripPrefix(strings.TrimSuffix(Path, "/"), http.FileServerFS(files))
	tags := sync.OnceValue(func() map[string]string { return digests(files) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache") // kept, and asked about: a new version is seen at once
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "the console is read with GET", http.StatusMethodNotAllowed)
			return
		}
		if tag := tags()[path.Clean(strings.TrimPrefix(r.URL.Path, Path))]; tag != "" {
			h.Set("ETag", tag)
		}
		served.ServeHTTP(w, r)
	})
}

// digests are the ETags of the files, by their names; the page itself is also ".".
func digests(files fs.FS) map[string]string {
	tags := map[string]string{}
	_ = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		tags[name] = fmt.Sprintf(`"%x"`, sha256.Sum256(content))[:18] + `"`
		return err
	})
	tags["."] = tags["index.html"]
	return tags
}
