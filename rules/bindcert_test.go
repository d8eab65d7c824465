package rules

import (
	"strings"
	"testing"
)

func TestBindCert(t *testing.T) {
	t.Parallel()
	print := strings.Repeat("ab", 32)
	coloned := strings.TrimSuffix(strings.Repeat("AB:", 32), ":")
	shown := &ClientCert{Fingerprint: print, Names: []string{"esme.example"}}
	for _, c := range []struct {
		value string
		cert  *ClientCert
		want  bool
	}{
		{print, shown, true}, {coloned, shown, true}, {"other.example, ESME.example", shown, true},
		{"other.example", shown, false}, {strings.Repeat("cd", 32), shown, false},
		{print, nil, false}, {"esme.example", nil, false},
		// A certificate made out to a name that looks like a fingerprint is none.
		{print, &ClientCert{Fingerprint: strings.Repeat("cd", 32), Names: []string{print}}, false},
	} {
		b, faults := parseBind("acme", map[string]string{"cert": c.value})
		if len(faults) != 0 || b.AllowsCert(c.cert) != c.want {
			t.Errorf("%q and %+v: %v, %v", c.value, c.cert, b.AllowsCert(c.cert), faults)
		}
	}
	if b, _ := parseBind("acme", nil); !b.AllowsCert(nil) {
		t.Error("a credential that is not pinned wants a certificate")
	}
	for _, value := range []string{"", "a,,b", "*.example", "ab:cd", strings.Repeat("x", 64)} {
		if _, faults := parseBind("acme", map[string]string{"cert": value}); len(faults) != 1 {
			t.Errorf("%q is taken", value)
		}
	}
}
