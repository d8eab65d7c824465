package rules

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"geogate/rules/numplan"
)

// manyRegions are open to each of many accounts, besides GB, where it is at home.
var manyRegions = []string{"FR", "DE", "ES", "IT", "PL", "NL", "BE", "AT", "CH", "SE", "NO", "DK", "FI", "PT", "IE"}

// manyRanges begin the ranges that are closed to it: half of them lie beside the numbers that it sends to.
var manyRanges = []string{"+2526", "+4479", "+2527", "+3369", "+2528", "+4917", "+2529", "+3939"}

// writeMany writes n accounts of 30 rules each.
func writeMany(n int) Written {
	w := emptyWritten()
	for account := range n {
		hash := map[string]string{"home": "GB"}
		for _, region := range manyRegions {
			hash[region] = "allow"
		}
		for i := range 14 {
			hash[fmt.Sprintf("%s%04d", manyRanges[i%len(manyRanges)], (account+i)%10_000)] = "block"
		}
		w.Accounts[fmt.Sprint("account", account)] = hash
	}
	return w
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// manyAccounts compiles n accounts and returns them in a random order, and what each of them holds of memory beside
// what is written for it.
func manyAccounts(b *testing.B, n int) (*Policy, []*Account, float64) {
	w := writeMany(n)
	numplan.Default()
	before := liveHeap()
	c := NewCompiler(numplan.Default())
	p, faults := c.Replace(w)
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	each := float64(liveHeap()-before) / float64(n)
	runtime.KeepAlive(c)
	var list []*Account
	for id := range w.Accounts {
		list = append(list, p.Account(id))
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { list[i], list[j] = list[j], list[i] })
	return p, list, each
}

// BenchmarkDecideMany decides batches of four for one account after the other: of so many, few are in the caches.
func BenchmarkDecideMany(b *testing.B) {
	dests := [][]byte{
		[]byte("447400123456"), []byte("33612345678"), []byte("4915123456789"), []byte("34612345678"),
		[]byte("393123456789"), []byte("48512345678"),
	}
	for _, n := range []int{1_000, 20_000} {
		b.Run(fmt.Sprint(n, " accounts"), func(b *testing.B) {
			p, list, each := manyAccounts(b, n)
			d := Decision{}
			q := &Query{TON: 1, NPI: 1, Now: someTime}
			for i := 0; b.Loop(); i++ {
				a := list[i/4%n]
				q.Dest = dests[(i/4+i)%len(dests)]
				if p.DecideFor(a, q, &d); d.Verdict != Forward {
					b.Fatal(d.Reason)
				}
			}
			b.ReportMetric(each, "B/account")
		})
	}
}
