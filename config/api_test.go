package config

import (
	"strings"
	"testing"
)

// TestAPIPlaintext lets no token travel in the clear by oversight.
func TestAPIPlaintext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settings []string
		fault    string // "": none
	}{
		{nil, ""},
		{[]string{"api.listen", "127.0.0.1:2780"}, ""},
		{[]string{"api.listen", "[::1]:2780"}, ""},
		{[]string{"api.listen", "localhost:2780"}, ""},
		{[]string{"api.listen", "0.0.0.0:2780"}, "set api.tls.certificate"},
		{[]string{"api.listen", ":2780"}, "set api.tls.certificate"},
		{[]string{"api.listen", "api.example:2780"}, "set api.tls.certificate"},
		{[]string{"api.listen", "0.0.0.0:2780", "api.plaintext", "true"}, ""},
		{[]string{"api.listen", "0.0.0.0:2780", "api.tls.key", "/none.key"}, "both"},
		{[]string{"api.listen", "0.0.0.0:2780", "api.tls.key", "/none.key", "api.tls.certificate", "/none.pem"}, "/none.pem"},
		{[]string{"api.listen", "nonsense"}, "HOST:PORT"},
	} {
		flags := map[string]string{"upstream": "127.0.0.1:1"}
		for i := 0; i < len(c.settings); i += 2 {
			flags[c.settings[i]] = c.settings[i+1]
		}
		_, err := Load("", nil, flags)
		if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%v: %v, want %q", c.settings, err, c.fault)
		}
	}
}
