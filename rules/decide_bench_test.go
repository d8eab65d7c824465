package rules

import (
	"fmt"
	"maps"
	"testing"

	"geogate/rules/numplan"
)

// shape is a policy of a certain size, for benchmarks and for the test of allocations.
type shape struct {
	name    string
	written Written
}

func shapes() []shape {
	one := emptyWritten()
	one.Accounts["a"] = map[string]string{"home": "GB"}

	regions := emptyWritten()
	regions.Accounts["a"] = map[string]string{"home": "GB", "+4479": "block"}
	for _, r := range numplan.Regions()[:50] {
		regions.Accounts["a"][r.String()] = "allow"
	}

	ranges := emptyWritten()
	ranges.Accounts["a"] = map[string]string{"home": "GB"}
	for i := range 10_000 {
		ranges.Accounts["a"][fmt.Sprintf("+447%05d", i)] = "block"
	}

	deep := emptyWritten()
	deep.Platform = map[string]string{"IR": "lock", "SY": "lock", "+7978": "lock"}
	deep.Accounts["d"] = map[string]string{"home": "GB"}
	deep.Accounts["c"] = map[string]string{"parent": "d", "FR": "allow"}
	deep.Accounts["b"] = map[string]string{"parent": "c", "+4479": "block"}
	deep.Accounts["a"] = map[string]string{"parent": "b", "dial": "GB", "DE": "allow"}
	return []shape{{"home only", one}, {"50 regions", regions}, {"10000 ranges", ranges}, {"depth 4", deep}}
}

func TestAllocDecide(t *testing.T) {
	for _, s := range shapes() {
		p, faults := Compile(numplan.Default(), s.written)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		a, d := p.Account("a"), Decision{}
		for _, dest := range []string{"447400123456", "07400123456", "33612345678", "4407400123456", "55555", "x", "989121234567"} {
			q := &Query{TON: 0, NPI: 1, Dest: []byte(dest), Source: []byte("ACME"), Now: 1}
			if allocs := testing.AllocsPerRun(100, func() { p.DecideFor(a, q, &d) }); allocs != 0 {
				t.Errorf("%s, %s: %v allocations", s.name, dest, allocs)
			}
			if allocs := testing.AllocsPerRun(100, func() { p.Openings(a).Has(1, q.NPI, q.Dest) }); allocs != 0 {
				t.Errorf("%s, %s plainly open: %v allocations", s.name, dest, allocs)
			}
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, s := range shapes() {
		p, _ := Compile(numplan.Default(), s.written)
		a, d := p.Account("a"), Decision{}
		q := &Query{TON: 1, NPI: 1, Dest: []byte("447400123456"), Now: 1}
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.DecideFor(a, q, &d)
			}
		})
	}
}

// BenchmarkUpdate changes one rule of one account among many.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		w := emptyWritten()
		for i := range n {
			w.Accounts[fmt.Sprint("account", i)] = map[string]string{"home": "GB", "FR": "allow"}
		}
		c := NewCompiler(numplan.Default())
		c.Replace(w)
		b.Run(fmt.Sprint(n, " accounts"), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				value := []string{"allow", "block"}[i%2]
				c.Update(Update{Accounts: map[string]map[string]string{"account7": {"home": "GB", "FR": value}}})
			}
		})
	}
}

// BenchmarkUpdateLarge changes one rule of an account that has thousands.
func BenchmarkUpdateLarge(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		hash := map[string]string{"home": "GB"}
		for i := range n {
			hash[fmt.Sprintf("+447%05d", i)] = "block"
		}
		c := NewCompiler(numplan.Default())
		b.Run(fmt.Sprint(n, " rules"), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				now := maps.Clone(hash)
				now["FR"] = []string{"allow", "block"}[i%2]
				c.Update(Update{Accounts: map[string]map[string]string{"a": now}})
			}
		})
	}
}

// BenchmarkOpenings is what most messages cost instead of a decision.
func BenchmarkOpenings(b *testing.B) {
	p, _ := Compile(numplan.Default(), shapes()[1].written)
	a, dest := p.Account("a"), []byte("447400123456")
	openings := p.Openings(a)
	if _, ok := openings.Has(1, 1, dest); !ok {
		b.Fatal("not plainly open")
	}
	b.ReportAllocs()
	for b.Loop() {
		openings.Has(1, 1, dest)
	}
}
