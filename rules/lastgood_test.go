package rules

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"geogate/rules/numplan"
)

const (
	toGB = "447400123456"
	toFR = "33612345678"
	toDE = "4915123456789"
)

// steps takes hashes in, one update after the other, and returns the policy and the faults at the end.
func steps(c *Compiler, updates ...map[string]map[string]string) (*Policy, []Fault) {
	var p *Policy
	var faults []Fault
	for _, u := range updates {
		p, faults = c.Update(Update{Accounts: u})
	}
	return p, faults
}

// TestFaultyChildObeysItsParent has a typo in a child: what happens above it must reach it all the same.
func TestFaultyChildObeysItsParent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ parent, want string }{
		"suspended":     {"status suspended", "refuse account_suspended"},
		"locked":        {"FR lock", "refuse locked"},
		"nothing at it": {"DE allow", "forward rule_region"},
	} {
		var field, value string
		fmt.Sscan(c.parent, &field, &value)
		top := hashes("top", "home", "GB")
		for _, update := range [][]map[string]map[string]string{
			{hashes("low", "parent", "mid", "typo", "x"), hashes("top", field, value)},
			{hashes("low", "FR", "allow", "typo", "x"), hashes("top", field, value)}, // its parent is not written any more
			{hashes("mid", "parent", "top", "typo", "x"), hashes("top", field, value)},
			{hashes("mid", "parent", "nobody"), hashes("top", field, value)},
			{{"mid": nil}, hashes("top", field, value)}, // low keeps its last good form, and what stood above it
			{{"mid": nil, "top": hashes("top", field, value)["top"]}},
		} {
			compiler := NewCompiler(numplan.Default())
			steps(compiler, top, hashes("mid", "parent", "top"), hashes("low", "parent", "mid", "FR", "allow"))
			p, faults := steps(compiler, update...)
			if got := verdict(p, "low", toFR); got != c.want || len(faults) == 0 {
				t.Errorf("%s, after %v: %s, want %s; faults %v", name, update, got, c.want, faults)
			}
		}
	}
}

// TestDeletedAccountsAreForgotten deletes an account that others need, and creates it again with a fault: its
// own rules do not come back.
func TestDeletedAccountsAreForgotten(t *testing.T) {
	t.Parallel()
	c := NewCompiler(numplan.Default())
	p, faults := steps(c, hashes("top", "home", "GB"), hashes("low", "parent", "top"), map[string]map[string]string{"top": nil})
	if p.Account("top") != nil || verdict(p, "low", toGB) != "forward rule_region" || len(faults) != 1 {
		t.Errorf("deleted: %s, %v", verdict(p, "low", toGB), faults)
	}
	p, faults = steps(c, hashes("top", "typo", "x"))
	if verdict(p, "top", toGB) != "refuse policy_unavailable" || len(faults) != 2 {
		t.Errorf("created again with a fault: %s, %v", verdict(p, "top", toGB), faults)
	}
	p, faults = steps(c, hashes("top", "FR", "allow"))
	if verdict(p, "top", toFR) != "forward rule_region" || verdict(p, "low", toGB) != "refuse default" || len(faults) != 0 {
		t.Errorf("mended: %s, %s, %v", verdict(p, "top", toFR), verdict(p, "low", toGB), faults)
	}
	steps(c, map[string]map[string]string{"top": nil}, map[string]map[string]string{"low": nil})
	if len(c.slots)+len(c.children)+len(c.users)+len(c.ghosts)+len(c.faults)+len(c.good.Accounts) != 0 {
		t.Errorf("something is kept: %v %v %v %v %v", c.slots, c.children, c.users, c.ghosts, c.faults)
	}
}

// TestCycleWithLastGood closes a cycle between what is written for one account and the last good form of
// another.
func TestCycleWithLastGood(t *testing.T) {
	t.Parallel()
	c := NewCompiler(numplan.Default())
	steps(c, hashes("a", "home", "GB"), hashes("b", "parent", "a"))
	both := hashes("a", "parent", "b", "FR", "allow")
	maps.Copy(both, hashes("b", "typo", "x"))
	p, faults := steps(c, both)
	if len(faults) != 2 || verdict(p, "a", toGB) != "forward rule_region" || verdict(p, "b", toGB) != "forward rule_region" {
		t.Errorf("%v, a %s, b %s", faults, verdict(p, "a", toGB), verdict(p, "b", toGB))
	}
	p, faults = steps(c, hashes("b", "DE", "allow"))
	if len(faults) != 0 || verdict(p, "a", toDE) != "forward rule_region" || verdict(p, "b", toFR) != "refuse default" {
		t.Errorf("mended: %v, a %s, b %s", faults, verdict(p, "a", toDE), verdict(p, "b", toFR))
	}
}

// TestGroupsReachFaultyUsers changes groups while the hashes that name them have a fault.
func TestGroupsReachFaultyUsers(t *testing.T) {
	t.Parallel()
	c := NewCompiler(numplan.Default())
	w := emptyWritten()
	w.Accounts = hashes("a", "@open", "allow")
	w.Platform = map[string]string{"@shut": "lock"}
	w.Groups = map[string][]string{"open": {"FR", "DE"}, "shut": {"IR"}}
	c.Replace(w)
	c.Update(Update{Accounts: hashes("a", "@open", "allow", "typo", "x"), Platform: &map[string]string{"typo": "x"}})
	p, faults := c.Update(Update{Groups: map[string][]string{"open": {"DE", "GB"}, "shut": {"GB"}}})
	if len(faults) != 2 || verdict(p, "a", toFR) != "refuse default" || verdict(p, "a", toGB) != "refuse locked" {
		t.Errorf("%v, FR %s, GB %s", faults, verdict(p, "a", toFR), verdict(p, "a", toGB))
	}
	p, faults = c.Update(Update{Groups: map[string][]string{"open": nil, "shut": nil}})
	if len(faults) != 2 || verdict(p, "a", toDE) != "forward rule_region" || verdict(p, "a", toGB) != "refuse locked" {
		t.Errorf("deleted: %v, DE %s, GB %s", faults, verdict(p, "a", toDE), verdict(p, "a", toGB))
	}
}

// TestEmptiedGroup takes the last member of a group away, with which Redis drops its key: the account that names it keeps
// its last good rules until the rule is gone, or the group there again.
func TestEmptiedGroup(t *testing.T) {
	t.Parallel()
	c := NewCompiler(numplan.Default())
	w := emptyWritten()
	w.Accounts = hashes("a", "@open", "allow", "home", "GB")
	w.Groups = map[string][]string{"open": {"FR"}}
	c.Replace(w)
	p, faults := c.Update(Update{Groups: map[string][]string{"open": nil}})
	if len(faults) != 1 || verdict(p, "a", toFR) != "forward rule_region" ||
		!strings.Contains(faults[0].Error(), "a group without a member is none: geogate group set open") {
		t.Errorf("emptied: FR %s, %v", verdict(p, "a", toFR), faults)
	}
	p, faults = c.Update(Update{Groups: map[string][]string{"open": {"DE"}}})
	if len(faults) != 0 || verdict(p, "a", toFR) != "refuse default" || verdict(p, "a", toDE) != "forward rule_region" {
		t.Errorf("filled again: FR %s, DE %s, %v", verdict(p, "a", toFR), verdict(p, "a", toDE), faults)
	}
	c.Update(Update{Groups: map[string][]string{"open": nil}})
	p, faults = c.Update(Update{Accounts: hashes("a", "home", "GB")})
	if len(faults) != 0 || verdict(p, "a", toDE) != "refuse default" {
		t.Errorf("without the rule: DE %s, %v", verdict(p, "a", toDE), faults)
	}
}

// TestRulesLiveBeyondTheClock has times that nanoseconds since 1970 cannot hold.
func TestRulesLiveBeyondTheClock(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"lock until=9999-12-31T23:59:59Z":    "refuse locked",
		"lock after=0001-01-02T00:00:00Z":    "refuse locked",
		"lock until=0001-01-02T00:00:00Z":    "forward rule_region",
		"lock after=9999-12-31T00:00:00Z":    "forward rule_region",
		"lock until=2262-04-12T00:00:00.01Z": "refuse locked",
	} {
		p, faults := Compile(numplan.Default(), Written{Accounts: hashes("a", "home", "GB", "GB/mobile", value)})
		if got := verdict(p, "a", toGB); got != want || len(faults) > 0 {
			t.Errorf("%s: %s, want %s; %v", value, got, want, faults)
		}
	}
}

// TestPairIsOpenToBoth locks one of US and CA: the other is not open either.
func TestPairIsOpenToBoth(t *testing.T) {
	t.Parallel()
	for _, nanp := range []string{"pair", "exact"} {
		p, _ := Compile(numplan.Default(), Written{
			Accounts: hashes("a", "US", "allow", "CA", "allow", "nanp", nanp), Platform: map[string]string{"CA": "lock"},
		})
		want := map[string]string{"pair": "refuse nanp_pair", "exact": "forward rule_region"}[nanp]
		if got := verdict(p, "a", "12125550123"); got != want {
			t.Errorf("nanp=%s: %s, want %s", nanp, got, want)
		}
	}
}

// TestUpdatesWithFaults takes random policies apart, with faults in between: in the end it is as if they had
// never been.
func TestUpdatesWithFaults(t *testing.T) {
	forRandom(t, func(t *testing.T, w world) string {
		c, final := NewCompiler(numplan.Default()), w.policy()
		for range 3 {
			broken := w.policy()
			broken.Accounts["mid"]["parent"] = pick(w, "low", "top", "nobody")
			broken.Accounts["top"]["parent"] = pick(w, "mid", "low", "new")
			for _, id := range []string{"low", "mid", "top"} {
				if w.chance(30) {
					broken.Accounts[id]["typo"] = "x"
				} else if w.chance(15) {
					delete(broken.Accounts, id)
				}
			}
			if w.chance(30) {
				delete(broken.Groups, "some")
			}
			broken.Accounts["new"] = map[string]string{"parent": pick(w, "low", "mid")}
			for _, u := range shuffledSteps(w, c.Changes(broken)) {
				c.Update(u)
			}
		}
		p, faults := c.Replace(final)
		if len(faults) > 0 {
			return fmt.Sprint(faults)
		}
		return sameAnswers(w, mustCompile(t, final), p, "faults that were mended are felt")
	})
}
