package rules

import (
	"fmt"
	"testing"

	"geogate/rules/numplan"
)

// TestDialsAreShared gives accounts each of the settings of dialling: those that agree in all share a Dial, no others do.
func TestDialsAreShared(t *testing.T) {
	t.Parallel()
	w := emptyWritten()
	for i, fields := range [][]string{
		{"FR", "allow"}, {"home", "GB"}, {"home", "FR"}, {"dial.ton0", "national"}, {"dial.ton2", "international"},
		{"dial.ton5", "reject"}, {"dial.noncanonical", "rewrite"}, {"dial.npi", "1"}, {"dial.npi", "1,0"}, {"dial.idd", "00"},
		{"dial.idd", "001"}, {"dial.idd", "00,1"},
	} {
		for _, region := range []string{"DE", "ES"} {
			id := fmt.Sprint(region, i)
			w.Accounts[id] = hashes(id, append(fields, region, "allow")...)[id]
		}
	}
	p := mustCompile(t, w)
	users := map[*numplan.Dial]int{}
	for _, id := range p.Accounts() {
		users[p.Account(id).dial]++
	}
	for dial, n := range users {
		if n != 2 {
			t.Errorf("%d accounts share %+v", n, dial)
		}
	}
}

// TestDialsAreForgotten has more of them than are kept in mind.
func TestDialsAreForgotten(t *testing.T) {
	t.Parallel()
	table := dialTable{}
	for i := range 2*manyDials + 1 {
		table.shared(&numplan.DialSettings{IDD: []string{fmt.Sprint(i)}}, new(numplan.Dial))
	}
	if len(table) != 1 {
		t.Errorf("%d are kept", len(table))
	}
}
