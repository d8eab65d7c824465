package rules

import (
	"maps"
	"strings"
	"testing"
	"time"

	"geogate/rules/numplan"
)

const someTime = 1_800_000_000_000_000_000 // in 2027

var someDay = time.Unix(0, someTime)

func verdict(p *Policy, account, dest string) string {
	var d Decision
	p.Decide(account, &Query{TON: 1, NPI: 1, Dest: []byte(dest), Now: someTime}, &d)
	return d.Verdict.String() + " " + d.Reason.String()
}

func hashes(id string, fields ...string) map[string]map[string]string {
	hash := map[string]string{}
	for i := 0; i+1 < len(fields); i += 2 {
		hash[fields[i]] = fields[i+1]
	}
	return map[string]map[string]string{id: hash}
}

// TestLastGoodStays breaks an account in every way: its last good rules hold, others go on, and the cure is
// named.
func TestLastGoodStays(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string][]string{
		"unknown field":      {"hom", "GB"},
		"unknown region":     {"home", "UK"},
		"lower-case region":  {"gb", "allow"},
		"unknown action":     {"FR", "permit"},
		"bad time":           {"FR", "allow until=tomorrow"},
		"time of one digit":  {"FR", "allow until=2027-01-01T0:00:00Z"},
		"open quote":         {"FR", `allow reason="never ends`},
		"option twice":       {"FR", "allow by=a by=b"},
		"unknown option":     {"FR", "allow unless=2027"},
		"nothing between":    {"FR", "allow after=2027-01-02T00:00:00Z until=2027-01-01T00:00:00Z"},
		"unknown class":      {"FR/cellular", "allow"},
		"class of a short":   {"short:55555/mobile", "allow"},
		"empty sender":       {"FR;from=", "allow"},
		"short number":       {"=+4474", "allow"},
		"number with 0":      {"=+0447400123456", "allow"},
		"prefix of letters":  {"+44x", "allow"},
		"no such group":      {"@nowhere", "allow"},
		"no such parent":     {"parent", "nobody"},
		"its own parent":     {"parent", "a"},
		"bad status":         {"status", "paused"},
		"reject with OK":     {"reject", "0"},
		"octal reject":       {"reject", "010"},
		"binary reject":      {"reject", "0b11"},
		"reject for nothing": {"reject.whim", "0x0B"},
		"IMSI accepted":      {"dial.npi", "1,6"},
		"bad prefix":         {"dial.idd", "00,x"},
		"bad classes":        {"classes", "mobile,cellular"},
		"home of no region":  {"home", "+881631234567"},
		"home of letters":    {"home", "+44x7400123456"},
		"home of few digits": {"home", "+447"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := NewCompiler(numplan.Default())
			w := emptyWritten()
			w.Accounts = hashes("a", "home", "GB", "FR", "allow")
			maps.Copy(w.Accounts, hashes("b", "home", "GB"))
			c.Replace(w)
			changed := hashes("a", append([]string{"home", "GB", "DE", "allow"}, broken...)...)
			maps.Copy(changed, hashes("b", "home", "GB", "ES", "allow"))
			p, faults := c.Update(Update{Accounts: changed})
			if len(faults) != 1 || faults[0].Key != "account:a" || faults[0].Field == "" || faults[0].Cure == "" {
				t.Errorf("faults %v, want one of account a, with its field and cure", faults)
			}
			if verdict(p, "a", "33612345678") != "forward rule_region" || verdict(p, "a", "4915123456789") != "refuse default" {
				t.Error("the last good rules do not hold")
			}
			if verdict(p, "b", "34612345678") != "forward rule_region" {
				t.Error("another account is held up")
			}
			p, faults = c.Update(Update{Accounts: hashes("a", "home", "GB", "DE", "allow")})
			if len(faults) != 0 || verdict(p, "a", "4915123456789") != "forward rule_region" {
				t.Errorf("mended, but: %v, %s", faults, verdict(p, "a", "4915123456789"))
			}
		})
	}
}

// TestNeverRightRefuses has an account that was wrong from the start.
func TestNeverRightRefuses(t *testing.T) {
	t.Parallel()
	w := emptyWritten()
	w.Accounts = hashes("a", "home", "GB", "inherit", "maybe")
	p, faults := Compile(numplan.Default(), w)
	if len(faults) != 1 || p.Account("a") == nil || verdict(p, "a", "447400123456") != "refuse policy_unavailable" {
		t.Errorf("faults %v, verdict %s", faults, verdict(p, "a", "447400123456"))
	}
}

// TestCycle makes two accounts stand above each other: both keep what they were, and both are named.
func TestCycle(t *testing.T) {
	t.Parallel()
	c := NewCompiler(numplan.Default())
	w := emptyWritten()
	w.Accounts = hashes("a", "home", "GB")
	maps.Copy(w.Accounts, hashes("b", "parent", "a", "FR", "allow"))
	c.Replace(w)
	p, faults := c.Update(Update{Accounts: hashes("a", "home", "GB", "parent", "b", "ES", "allow")})
	if len(faults) != 2 || !strings.Contains(faults[0].Problem, "cycle") {
		t.Errorf("faults %v", faults)
	}
	if verdict(p, "b", "447400123456") != "forward rule_region" || verdict(p, "a", "34612345678") != "refuse default" {
		t.Error("the last good rules do not hold")
	}
	p, faults = c.Update(Update{Accounts: hashes("a", "home", "GB", "ES", "allow")})
	if len(faults) != 0 || verdict(p, "b", "34612345678") != "forward rule_region" {
		t.Errorf("mended, but %v", faults)
	}
}

// TestParentComesLater writes the child first, as a pipeline may.
func TestParentComesLater(t *testing.T) {
	t.Parallel()
	c := NewCompiler(numplan.Default())
	p, faults := c.Update(Update{Accounts: hashes("child", "parent", "p")})
	if len(faults) != 1 || verdict(p, "child", "447400123456") != "refuse policy_unavailable" {
		t.Errorf("without its parent: %v", faults)
	}
	p, faults = c.Update(Update{Accounts: hashes("p", "home", "GB")})
	if len(faults) != 0 || verdict(p, "child", "447400123456") != "forward rule_region" {
		t.Errorf("with its parent: %v, %s", faults, verdict(p, "child", "447400123456"))
	}
	p, faults = c.Update(Update{Accounts: map[string]map[string]string{"p": nil}})
	if len(faults) != 1 || verdict(p, "child", "447400123456") != "forward rule_region" {
		t.Errorf("its parent deleted: %v", faults)
	}
}

// TestGroupsReachTheirUsers changes, breaks and deletes a group.
func TestGroupsReachTheirUsers(t *testing.T) {
	t.Parallel()
	c := NewCompiler(numplan.Default())
	w := emptyWritten()
	w.Accounts = hashes("a", "@eu", "allow")
	w.Groups["eu"] = []string{"FR"}
	c.Replace(w)
	for _, step := range []struct {
		members []string
		de      string
		faults  int
	}{
		{[]string{"FR", "DE"}, "forward rule_region", 0},
		{[]string{"FR", "Deutschland"}, "forward rule_region", 1},
		{[]string{"FR", "+4915"}, "forward rule_range", 0},
		{nil, "forward rule_range", 1},
		{[]string{"FR"}, "refuse default", 0},
	} {
		p, faults := c.Update(Update{Groups: map[string][]string{"eu": step.members}})
		if got := verdict(p, "a", "4915123456789"); got != step.de || len(faults) != step.faults {
			t.Errorf("members %v: %s, %d faults %v; want %s, %d", step.members, got, len(faults), faults, step.de, step.faults)
		}
	}
}

// TestPlatformKeepsItsLocks breaks the platform's hash.
func TestPlatformKeepsItsLocks(t *testing.T) {
	t.Parallel()
	c := NewCompiler(numplan.Default())
	w := emptyWritten()
	w.Accounts = hashes("a", "home", "GB")
	w.Platform = map[string]string{"GB": "lock"}
	c.Replace(w)
	p, faults := c.Update(Update{Platform: &map[string]string{"home": "GB"}})
	if len(faults) != 1 || verdict(p, "a", "447400123456") != "refuse locked" {
		t.Errorf("faults %v, verdict %s", faults, verdict(p, "a", "447400123456"))
	}
	p, faults = c.Update(Update{Platform: &map[string]string{}})
	if len(faults) != 0 || verdict(p, "a", "447400123456") != "forward rule_region" {
		t.Errorf("faults %v, verdict %s", faults, verdict(p, "a", "447400123456"))
	}
}

// TestPlatformNeverRight has a platform that was wrong from the start: its locks are not known, so nothing
// passes.
func TestPlatformNeverRight(t *testing.T) {
	t.Parallel()
	w := emptyWritten()
	w.Accounts = hashes("a", "home", "GB", "any", "allow")
	w.Platform = map[string]string{"IR": "lock", "Syria": "lock"}
	c := NewCompiler(numplan.Default())
	p, faults := c.Replace(w)
	if len(faults) != 1 || verdict(p, "a", "447400123456") != "refuse policy_unavailable" ||
		p.AllowsAny(p.Account("a"), someTime) {
		t.Errorf("faults %v, verdict %s", faults, verdict(p, "a", "447400123456"))
	}
	if _, ok := p.Describe("a", w.Accounts["a"], someDay); !ok || p.Lint(someDay) != nil {
		t.Error("the account cannot be looked at")
	}
	p, faults = c.Update(Update{Platform: &map[string]string{"IR": "lock", "SY": "lock"}})
	if len(faults) != 0 || verdict(p, "a", "447400123456") != "forward rule_region" ||
		verdict(p, "a", "989121234567") != "refuse locked" {
		t.Errorf("mended, but %v, %s", faults, verdict(p, "a", "447400123456"))
	}
}

// TestNothingPermitsNothing asks policies that are not there.
func TestNothingPermitsNothing(t *testing.T) {
	t.Parallel()
	for _, p := range []*Policy{nil, {}} {
		if got := verdict(p, "a", "447400123456"); got != "refuse policy_unavailable" {
			t.Error(got)
		}
		if p.Account("a") != nil || p.AllowsAny(nil, 1) || p.Lint(someDay) != nil || len(p.Accounts()) != 0 {
			t.Error("an empty policy holds something")
		}
	}
}

func TestBinds(t *testing.T) {
	t.Parallel()
	const hash = "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
	c := NewCompiler(numplan.Default())
	p, faults := c.Update(Update{Binds: hashes("sys", "account", "a", "password", hash, "from", "192.0.2.0/24, 2001:db8::1",
		"modes", "tx,trx", "max_binds", "3", "tps", "12.5", "upstream_system_id", "up", "upstream_password", "pw")})
	b, ok := p.Bind("sys")
	if len(faults) > 0 || !ok || b.Account != "a" || b.Modes != BindTX|BindTRX || b.MaxBinds != 3 || b.TPS != 12.5 || b.Closed {
		t.Fatalf("%v %+v", faults, b)
	}
	bcrypt := "$2b$12$" + strings.Repeat("a", 53)
	if p, faults := c.Update(Update{Binds: hashes("other", "password", bcrypt)}); len(faults) > 0 {
		t.Error(faults)
	} else if b, _ := p.Bind("other"); b.PasswordHash.Reveal() != bcrypt {
		t.Errorf("%+v", b)
	}
	for _, field := range [][]string{
		{"password", "plain"}, {"password", "$2b$31$" + strings.Repeat("a", 53)},
		{"password", "$2b$+9$" + strings.Repeat("a", 53)}, {"password", strings.Replace(hash, "65536", "99999999", 1)},
		{"password", strings.Replace(hash, "t=3", "t=0", 1)}, {"password", strings.Replace(hash, "19", "16", 1)},
		{"password", strings.Replace(hash, "$c2F", "$%2F", 1)}, {"password", hash[:40]}, {"from", "everywhere"}, {"modes", "both"}, {"max_binds", "0"}, {"tps", "-1"}, {"tps", "NaN"},
		{"upstream_password", "far too long"}, {"colour", "red"},
	} {
		p, faults = c.Update(Update{Binds: hashes("sys", field...)})
		if b, _ := p.Bind("sys"); len(faults) != 1 || b.Account != "a" || faults[0].Cure == "" {
			t.Errorf("%v: faults %v, bind %+v", field, faults, b)
		}
		if strings.Contains(faults[0].Error(), "plain") || strings.Contains(faults[0].Error(), "far too") {
			t.Errorf("a secret is told: %v", faults[0])
		}
		p, _ = c.Update(Update{Binds: hashes("new", field...)})
		if b, ok := p.Bind("new"); !ok || !b.Closed {
			t.Errorf("%v: a credential that was never right is %+v", field, b)
		}
		c.Update(Update{Binds: map[string]map[string]string{"new": nil}})
	}
}
