package rules

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"geogate/rules/numplan"
)

// world makes random policies and questions that meet: few regions, ranges and senders, all of them near each
// other.
type world struct{ rng *rand.Rand }

func newWorld(seed uint64) world { return world{rand.New(rand.NewPCG(seed, 2))} }

func pick[T any](w world, list ...T) T { return list[w.rng.IntN(len(list))] }

func (w world) chance(percent int) bool { return w.rng.IntN(100) < percent }

var dests = []string{
	"447400123456", "447924000001", "447797712345", "447911123456", "449001234567", "447010123456", "33612345678",
	"12125550123", "14165550123", "18764567890", "19002345678", "881631234567", "883510001234567", "2101234567",
	"79161234567", "77011234567", "55555", "60123", "07400123456", "0033612345678", "4407400123456", "x", "+447400123456",
}

func (w world) query() *Query {
	return &Query{
		TON: pick[byte](w, 0, 1, 1, 1, 2, 3, 5), NPI: pick[byte](w, 0, 1, 1, 6), Dest: []byte(pick(w, dests...)),
		Source: []byte(pick(w, "", "ACME", "OTHER")), Now: int64(1 + w.rng.IntN(3)*1e9),
	}
}

func (w world) match() string {
	m := pick(w, "GB", "FR", "US", "CA", "JE", "JM", "RU", "+4", "+44", "+1", "+7", "+88", "+447", "+4479", "+44792", "+336",
		"+8835100", "=+447924000001", "=+449001234567", "any", "any", "@some", "@ranges", "@tied", "short:55555", "short:60123")
	if w.chance(20) && m[0] != 's' {
		m += "/" + pick(w, "mobile", "premium", "personal", "satellite", "fixed_or_mobile", "unassigned")
	}
	if w.chance(20) {
		m += ";from=" + pick(w, "ACME", "OTHER")
	}
	return m
}

func (w world) value() string {
	v := pick(w, "allow", "allow", "allow", "block", "block", "observe", "trust", "lock")
	if w.chance(15) {
		v += " until=1970-01-01T00:00:0" + pick(w, "1", "2") + "Z"
	} else if w.chance(10) {
		v += " after=1970-01-01T00:00:0" + pick(w, "1", "2") + "Z"
	}
	return v
}

func (w world) rules(n int) map[string]string {
	hash := map[string]string{}
	for range w.rng.IntN(n) {
		hash[w.match()] = w.value()
	}
	return hash
}

func (w world) account(parent string) map[string]string {
	hash := w.rules(6)
	for field, values := range map[string][]string{
		"home": {"GB", "US", "CA", "+33612345678"}, "inherit": {"no", "yes"}, "status": {"active", "monitor", "suspended"},
		"nanp": {"exact", "pair"}, "classes": {"mobile", "mobile,premium", "fixed_or_mobile,personal,satellite"},
		"dial": {"GB", "US", "FR"}, "dial.ton0": {"national"}, "dial.ton2": {"international", "reject"},
		"dial.noncanonical": {"rewrite"}, "dial.ton5": {"reject"},
	} {
		if w.chance(25) {
			hash[field] = pick(w, values...)
		}
	}
	if len(hash) == 0 {
		hash["home"] = "GB"
	}
	if parent != "" {
		hash["parent"] = parent
	}
	return hash
}

func (w world) policy() Written {
	p := emptyWritten()
	p.Platform = w.rules(3)
	p.Groups["some"] = []string{"FR", "JM", "+88", "CA"}
	p.Groups["tied"] = []string{"FR", "GB", "+447"}
	p.Groups["ranges"] = []string{"+4474", "+7701", "GB"}
	p.Accounts["top"] = w.account("")
	p.Accounts["mid"] = w.account("top")
	p.Accounts["low"] = w.account(pick(w, "mid", "mid", "top", ""))
	return p
}

func mustCompile(t *testing.T, w Written) *Policy {
	t.Helper()
	p, faults := Compile(numplan.Default(), w)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return p
}

const (
	randomPolicies = 3000
	randomQueries  = 30
)

// forRandom runs a property on random policies; the seed of each is printed when it fails.
func forRandom(t *testing.T, property func(t *testing.T, w world) string) {
	t.Helper()
	t.Parallel()
	for seed := range uint64(randomPolicies) {
		if fault := property(t, newWorld(seed)); fault != "" {
			t.Fatalf("seed %d: %s", seed, fault)
		}
	}
}

func (w world) id() string { return pick(w, "low", "low", "mid", "top", "nobody") }

// TestOracle asks the engine and the oracle the same.
func TestOracle(t *testing.T) {
	forRandom(t, func(t *testing.T, w world) string {
		written := w.policy()
		p, o := mustCompile(t, written), oracle{numplan.Default(), written}
		return disagreement(w, p, &o)
	})
}

func disagreement(w world, p *Policy, o *oracle) string {
	for range randomQueries {
		q, id := w.query(), w.id()
		var d Decision
		p.Decide(id, q, &d)
		got := answered{verdict: d.Verdict, reason: d.Reason, monitored: d.Monitored}
		if d.Rule != nil {
			got.rule, got.account = d.Rule.Match(), d.Rule.Account()
		}
		if want := o.decide(id, q); got != want {
			return fmt.Sprintf("%s, %d/%d %q from %q at %d: %+v, the oracle says %+v\n%+v",
				id, q.TON, q.NPI, q.Dest, q.Source, q.Now, got, want, o.written)
		}
		if otherwise := openedOtherwise(p, id, q, &d); otherwise != "" {
			return otherwise
		}
		if e := p.Explain(id, q); e.Decision != d {
			return fmt.Sprintf("%s, %q: explaining says %+v, deciding %+v", id, q.Dest, e.Decision, d)
		}
	}
	return ""
}

// TestOracleCanFail turns one rule of each policy round and demands that the comparison notices often.
func TestOracleCanFail(t *testing.T) {
	t.Parallel()
	noticed := 0
	const policies = 300
	for seed := range uint64(policies) {
		w := newWorld(seed)
		written := w.policy()
		o := oracle{numplan.Default(), written}
		mutant := written
		mutant.Accounts = maps.Clone(written.Accounts)
		mutant.Accounts["low"] = maps.Clone(written.Accounts["low"])
		mutant.Accounts["low"]["any"] = map[bool]string{true: "block", false: "allow"}[written.Accounts["low"]["any"] != "block"]
		if disagreement(w, mustCompile(t, mutant), &o) != "" {
			noticed++
		}
	}
	if noticed < policies/3 {
		t.Errorf("only %d of %d mutants were noticed", noticed, policies)
	}
}

// TestLockNeverOpens adds a lock: no refusal may turn into a forward.
func TestLockNeverOpens(t *testing.T) {
	forRandom(t, func(t *testing.T, w world) string {
		written := w.policy()
		locked := written
		locked.Accounts = maps.Clone(written.Accounts)
		at := pick(w, "low", "mid", "top")
		locked.Accounts[at] = maps.Clone(written.Accounts[at])
		field := w.match()
		if v, ok := written.Accounts[at][field]; ok && v != "block" {
			return "" // the lock would take the place of another rule
		}
		if _, ok := written.Accounts[at][field]; ok {
			return ""
		}
		locked.Accounts[at][field] = "lock"
		p, stricter := mustCompile(t, written), mustCompile(t, locked)
		for range randomQueries {
			q, id := w.query(), w.id()
			var before, after Decision
			p.Decide(id, q, &before)
			stricter.Decide(id, q, &after)
			if before.Verdict == Refuse && after.Verdict == Forward {
				return fmt.Sprintf("%q lock in %s opens %q to %s", field, at, q.Dest, id)
			}
		}
		return ""
	})
}

// TestExpiredEqualsAbsent adds a rule that is over: nothing may change.
func TestExpiredEqualsAbsent(t *testing.T) {
	forRandom(t, func(t *testing.T, w world) string {
		written := w.policy()
		with := written
		with.Accounts = maps.Clone(written.Accounts)
		at := pick(w, "low", "mid", "top")
		with.Accounts[at] = maps.Clone(written.Accounts[at])
		field := w.match()
		if _, ok := with.Accounts[at][field]; ok {
			return ""
		}
		with.Accounts[at][field] = pick(w, "allow", "block", "lock") + " until=1970-01-01T00:00:00Z"
		return sameAnswers(w, mustCompile(t, written), mustCompile(t, with), "an expired rule changes the answer")
	})
}

func sameAnswers(w world, a, b *Policy, otherwise string) string {
	for range randomQueries {
		q, id := w.query(), w.id()
		var x, y Decision
		a.Decide(id, q, &x)
		b.Decide(id, q, &y)
		if x.Verdict != y.Verdict || x.Reason != y.Reason || x.Number != y.Number {
			return fmt.Sprintf("%s: %s to %q: %v %v, then %v %v", otherwise, id, q.Dest, x.Verdict, x.Reason, y.Verdict, y.Reason)
		}
	}
	return ""
}

// TestDetachedSeesOnlyLocks takes every rule but the locks away above an account with inherit=no: nothing may
// change for it.
func TestDetachedSeesOnlyLocks(t *testing.T) {
	forRandom(t, func(t *testing.T, w world) string {
		written := w.policy()
		written.Accounts["low"]["inherit"] = "no"
		bare := written
		bare.Accounts = maps.Clone(written.Accounts)
		for _, above := range []string{"mid", "top"} {
			hash := map[string]string{"nanp": "pair"}
			for field, value := range written.Accounts[above] {
				v, err := ParseValue(value)
				if isSetting(field) && field != "home" || err == nil && v.Action == Lock {
					hash[field] = value
				}
			}
			bare.Accounts[above] = hash
		}
		p, q := mustCompile(t, written), mustCompile(t, bare)
		for range randomQueries {
			query := w.query()
			var x, y Decision
			p.Decide("low", query, &x)
			q.Decide("low", query, &y)
			if x.Verdict != y.Verdict || x.Reason != y.Reason {
				return fmt.Sprintf("a rule above inherit=no matters: %q: %v %v, without %v %v", query.Dest, x.Verdict, x.Reason, y.Verdict, y.Reason)
			}
		}
		return ""
	})
}

// TestUpdatesEqualCompile makes a policy of another in small steps, in any order: the answers must be those
// of compiling the second in one go, and so must the faults.
func TestUpdatesEqualCompile(t *testing.T) {
	forRandom(t, func(t *testing.T, w world) string {
		first, second := w.policy(), w.policy()
		second.Groups["some"] = []string{"GB", "US"}
		c := NewCompiler(numplan.Default())
		c.Replace(first)
		steps := c.Changes(second)
		var p *Policy
		for _, u := range shuffledSteps(w, steps) {
			p, _ = c.Update(u)
		}
		if p == nil {
			return ""
		}
		if len(p.Faults()) > 0 {
			return fmt.Sprint(p.Faults())
		}
		return sameAnswers(w, mustCompile(t, second), p, "updates step by step answer otherwise")
	})
}

// shuffledSteps takes an update apart into one for each key.
func shuffledSteps(w world, u Update) []Update {
	var steps []Update
	for id, hash := range u.Accounts {
		steps = append(steps, Update{Accounts: map[string]map[string]string{id: hash}})
	}
	for name, members := range u.Groups {
		steps = append(steps, Update{Groups: map[string][]string{name: members}})
	}
	if u.Platform != nil {
		steps = append(steps, Update{Platform: u.Platform})
	}
	w.rng.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	return steps
}
