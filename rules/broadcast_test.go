package rules

import (
	"testing"

	"geogate/rules/numplan"
)

// TestAllowsAny asks who may send a broadcast_sm.
func TestAllowsAny(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		account, above, platform map[string]string
		want                     bool
	}{
		"any allow":             {account: map[string]string{"any": "allow"}, want: true},
		"any trust":             {account: map[string]string{"any": "trust"}, want: true},
		"only regions":          {account: map[string]string{"home": "GB", "FR": "allow"}},
		"any block":             {account: map[string]string{"any": "block"}},
		"expired":               {account: map[string]string{"any": "allow until=2020-01-01T00:00:00Z"}},
		"one class":             {account: map[string]string{"any/mobile": "allow"}},
		"one sender":            {account: map[string]string{"any;from=X": "allow"}},
		"suspended":             {account: map[string]string{"any": "allow", "status": "suspended"}},
		"a region blocked":      {account: map[string]string{"any": "allow", "RU": "block"}},
		"a block that is over":  {account: map[string]string{"any": "allow", "RU": "block until=2020-01-01T00:00:00Z"}, want: true},
		"a lock of the carrier": {account: map[string]string{"any": "allow"}, platform: map[string]string{"IR": "lock"}},
		"open above":            {account: map[string]string{"parent": "p"}, above: map[string]string{"any": "allow"}, want: true},
		"blocked above": {account: map[string]string{"parent": "p", "any": "allow"},
			above: map[string]string{"RU": "block"}},
		"blocked beyond": {account: map[string]string{"parent": "p", "inherit": "no", "any": "allow"},
			above: map[string]string{"RU": "block"}, want: true},
		"locked beyond": {account: map[string]string{"parent": "p", "inherit": "no", "any": "allow"},
			above: map[string]string{"RU": "lock"}},
		"open beyond": {account: map[string]string{"parent": "p", "inherit": "no"}, above: map[string]string{"any": "allow"}},
	} {
		w := emptyWritten()
		w.Platform = c.platform
		w.Accounts["a"], w.Accounts["p"] = c.account, c.above
		if c.above == nil {
			delete(w.Accounts, "p")
		}
		p, faults := Compile(numplan.Default(), w)
		if len(faults) > 0 {
			t.Fatal(name, faults)
		}
		if got := p.AllowsAny(p.Account("a"), someTime); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
