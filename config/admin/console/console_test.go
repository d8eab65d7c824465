package console

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

func ask(t *testing.T, method, target string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

// TestHeaders: nothing of others is loaded, no frame, no guess at a type, and the page is asked about each time.
func TestHeaders(t *testing.T) {
	t.Parallel()
	for target, kind := range map[string]string{
		Path: "text/html", Path + "app.js": "text/javascript", Path + "style.css": "text/css", Path + "icon.svg": "image/svg+xml",
	} {
		got := ask(t, http.MethodGet, target)
		if got.StatusCode != http.StatusOK || !strings.HasPrefix(got.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: %s, %s", target, got.Status, got.Header.Get("Content-Type"))
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache",
			"Referrer-Policy": "no-referrer",
		} {
			if got.Header.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", target, name, got.Header.Get(name), want)
			}
		}
		again := ask(t, http.MethodGet, target, "If-None-Match", got.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s with its ETag: %s", target, again.Status)
		}
	}
}

func TestOnlyFiles(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]int{
		Path + "nothing.js": http.StatusNotFound, Path + "../../go.mod": http.StatusNotFound, Path + "%2e%2e/console.go": http.StatusNotFound,
	} {
		if got := ask(t, http.MethodGet, target); got.StatusCode != want {
			t.Errorf("%s: %s, want %d", target, got.Status, want)
		}
	}
	if got := ask(t, http.MethodPost, Path); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", got.Status)
	}
}

var (
	imported = regexp.MustCompile(`(?m)^(?:import|export) .*from "([^"]+)";`)
	outside  = regexp.MustCompile(`(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}`)
	unsafe   = regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function`)
)

// TestSources: every module that is imported is there, none is left over, nothing comes from elsewhere, and text never
// becomes markup.
func TestSources(t *testing.T) {
	t.Parallel()
	used := map[string]bool{"ui/app.js": true}
	files := map[string]string{}
	_ = fs.WalkDir(embedded, "ui", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			content, _ := fs.ReadFile(embedded, name)
			files[name] = string(content)
		}
		return err
	})
	for name, content := range files {
		for _, m := range imported.FindAllStringSubmatch(content, -1) {
			target := path.Join(path.Dir(name), m[1])
			if files[target] == "" {
				t.Errorf("%s imports %s, which is not there", name, target)
			}
			used[target] = true
		}
		if found := outside.FindString(strings.ReplaceAll(content, "http://www.w3.org/2000/svg", "")); found != "" {
			t.Errorf("%s names another host: %s", name, found)
		}
		if found := unsafe.FindString(content); found != "" {
			t.Errorf("%s makes markup or code of text: %s", name, found)
		}
	}
	for name := range files {
		if strings.HasSuffix(name, ".js") && !used[name] {
			t.Errorf("nobody imports %s", name)
		}
	}
}
