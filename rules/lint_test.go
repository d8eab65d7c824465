package rules

import (
	"strings"
	"testing"
	"time"

	"geogate/rules/numplan"
)

func TestLint(t *testing.T) {
	t.Parallel()
	w := emptyWritten()
	w.Accounts["a"] = map[string]string{
		"home": "GB", "MF": "allow", "SJ": "allow", "IM": "allow", "FR": "allow", "+88": "block",
		"DE": "allow until=2026-01-01T00:00:00Z", "=+4407400123456": "allow",
		"reject.locked": "0x58", "reject.default": "ESME_RSYSERR", "reject.rule_any": "0x45", "reject.throttled": "0x14",
	}
	w.Accounts["half"] = map[string]string{"home": "GB", "US": "allow"}
	w.Accounts["exact"] = map[string]string{"home": "GB", "CA": "allow", "nanp": "exact"}
	w.Accounts["both"] = map[string]string{"home": "CA"}
	w.Groups["carib"] = strings.Fields("AG AI BB BM BS DM DO GD JM KN KY LC MS SX TC TT VC")
	w.Groups["codes"] = []string{"+1876", "+1809", "+1829", "+1849", "+1212", "+1787", "PR"}
	p, faults := Compile(numplan.Default(), w)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var all strings.Builder
	for _, f := range p.Lint(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)) {
		all.WriteString(f.String() + "\n")
	}
	for _, want := range []string{
		`a, "MF": no mobile number is MF's own`, `a, "SJ": no mobile`, `a, "IM": only some`, `a, "+88": covers BD TW`,
		`a, "DE": expired`, `0x64, here for default locked throttled; 0x0B`, `a, "=+4407400123456": no destination is ever read as this number: noncanonical_dest`,
		`half, "US": nothing to US passes while CA is closed: allow both, or set nanp=exact`,
		`@codes: holds +1876 of JM, but not its other area codes +1658`,
		`@carib: holds most regions of +1 beside US and CA, but not AS GU MP PR VG VI`,
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no finding %q", want)
		}
	}
	if strings.Count(all.String(), "nanp=exact") != 1 {
		t.Error("exact and both pass as they are")
	}
	if strings.Contains(all.String(), "of DO") || strings.Contains(all.String(), "of US") || strings.Contains(all.String(), "of PR") {
		t.Error("the group holds all of DO, and PR as a region; US is too large to be meant")
	}
	if strings.Contains(all.String(), `"FR"`) || strings.Contains(all.String(), "home") {
		t.Error("there is nothing to say of FR, and of the home that is implied")
	}
	if t.Failed() {
		t.Log(all.String())
	}
}

// TestRegionsWithoutMobiles are those that share a neighbour's plan.
func TestRegionsWithoutMobiles(t *testing.T) {
	t.Parallel()
	var none []numplan.Region
	for _, r := range numplan.Regions() {
		if !numplan.Default().HasMobile(r) {
			none = append(none, r)
		}
	}
	if got, want := regionNames(none), "AX BL CC CX EH MF SJ TA VA"; got != want {
		t.Errorf("without mobiles of their own: %s, want %s", got, want)
	}
}
